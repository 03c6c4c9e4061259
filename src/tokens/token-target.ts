import { grantedScopesOf } from "../client-grants/client-grant-store.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { CountersignError, type TokenRefusal } from "../shared/errors.js";
import { tokenProfiles } from "./profiles/registry.js";
import type { ProvenTokenFacts, TokenClient, TokenProject } from "./token-facts.js";

/** Who a token is for, and what a client may have there. */
export interface TokenTarget {
  audience: string;
  granted: readonly string[];
  allowOmittedScope: boolean;
  /** Each may shorten the token's life. */
  lifetimesSeconds: readonly (number | null)[];
  algorithm: SigningAlgorithm;
  profile: TokenProfileName;
  permissionsClaim: boolean;
}

/**
 * @param audience Auth0's `audience` or RFC 8707's `resource`; absent: the project's default
 * @throws INVALID_TARGET
 */
export function tokenTarget(
  { project, client, api, grant }: ProvenTokenFacts,
  audience: string | null | undefined,
): TokenTarget {
  const wanted = audience ?? project.defaultAudience;
  const refused = (refusal: TokenRefusal) => refusedTarget(refusal, client, wanted);
  const { requiresAudience } = tokenProfiles[project.tokenProfile];
  if (wanted === null && requiresAudience) throw refused("NO_AUDIENCE");
  if (wanted === null || wanted === project.projectId) return ofProject(project, client);
  if (api?.identifier !== wanted) throw refused("UNKNOWN_AUDIENCE");
  if (!grant) throw refused("NO_GRANT");
  return {
    audience: api.identifier,
    granted: grantedScopesOf(api, grant),
    allowOmittedScope: api.allowOmittedScope,
    lifetimesSeconds: [grant.accessTokenLifetimeSeconds, api.accessTokenLifetimeSeconds],
    algorithm: api.signingAlgorithm ?? project.signingAlgorithm,
    profile: api.tokenProfile,
    permissionsClaim: api.permissionsClaim,
  };
}

function ofProject(project: TokenProject, client: TokenClient): TokenTarget {
  return {
    audience: project.projectId,
    granted: client.scopes,
    allowOmittedScope: true,
    lifetimesSeconds: [],
    algorithm: project.signingAlgorithm,
    profile: project.tokenProfile,
    permissionsClaim: false,
  };
}

/** To a client an API that does not exist and one that it may not use look the same. */
function refusedTarget(refusal: TokenRefusal, { clientId }: TokenClient, audience: string | null) {
  return new CountersignError("INVALID_TARGET", "The client may not ask for this audience", {
    path: ["input", "audience"],
    refusal,
    refused: { clientId, audience: audience ?? "" },
  });
}
