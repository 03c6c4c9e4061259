// What an operator does once, before jobs of a repository call the API.
import type { ManagementClient } from "@countersign/sdk/management";

interface Workflow {
  apiId: string;
  /** The number that `gh api repos/OWNER/NAME --jq .id` prints. A name may belong to somebody else one day. */
  repositoryId: string;
  /** What the job asks GitHub to make its token for: here the project's issuer. */
  audience: string;
  /** Of the stand-in. Without it the preset's, which is GitHub's. */
  issuer?: string;
}

export async function trustWorkflow(
  management: ManagementClient,
  { apiId, repositoryId, audience, issuer }: Workflow,
) {
  // Nobody gets its secret: jobs become this client by their own tokens.
  const { client } = await management.createClient({ name: "Report job", scopes: [] });
  const { clientId } = client;
  await management.createClientGrant({ clientId, apiId, scopes: ["reports:write"] });
  const { profile } = await management.createProfile({
    name: "Report job",
    preset: { provider: "GITHUB_ACTIONS" },
    issuer,
    audience,
    clientId,
    claimConditions: [
      { claim: "repository_id", operator: "EQUALS", values: [repositoryId] },
      { claim: "environment", operator: "EQUALS", values: ["production"] },
      { claim: "ref", operator: "EQUALS", values: ["refs/heads/main"] },
      // pull_request_target runs on main too, and such jobs often run code of the pull request.
      { claim: "event_name", operator: "EQUALS", values: ["push"] },
    ],
  });
  return profile.profileId;
}
