import { hostName, type Preset, under } from "./preset.js";

/** A job's token names its audience itself, so the audience tells nothing of who runs the job. */
function issuerOf(domain: string | undefined): string {
  if (!domain) return "https://token.actions.githubusercontent.com";
  if (domain.endsWith(".ghe.com")) return `https://token.actions.${domain}`;
  return `https://${domain}/_services/token`;
}

/** https://docs.github.com/en/actions/reference/security/oidc */
export const githubActions: Preset = {
  title: "GitHub Actions",
  description:
    "OIDC tokens of workflow jobs. Give `audience`, `clientId` and a claim condition on the repository or its owner, and `domain` for GitHub Enterprise Server or a `ghe.com` enterprise.",
  parameters: { domain: hostName("octocorp.ghe.com") },
  settings: ({ domain }) => ({
    issuer: issuerOf(domain),
    allowedAlgorithms: ["RS256"],
    attributeMapping: { tokenId: "jti" },
  }),
  keySetUrl: (issuer) => under(issuer, ".well-known/jwks"),
  needs: {
    audience: {
      path: ["audience"],
      what: "`audience`, a value of your own such as the URL of this server, which the job asks for: the default, the owner's URL, is the same for every service",
    },
  },
  workload: {
    clientIs: "the client that the jobs become",
    identifyingClaims: [
      "sub",
      "repository_id",
      "repository_owner_id",
      "repository",
      "repository_owner",
    ],
    prefix: /^(?:repo:)?[^:/]+\//,
    needsCondition:
      'a condition on `sub`, `repository_id`, `repository_owner_id`, `repository` or `repository_owner`, since its issuer signs the tokens of every repository: `{ claim: "sub", operator: EQUALS, values: ["repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"] }`. A value of STARTS_WITH must go beyond the slash after the owner',
  },
};
