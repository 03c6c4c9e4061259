import { hostAndPort, type Preset, under } from "./preset.js";

/** https://docs.gitlab.com/ci/secrets/id_token_authentication/ */
export const gitlab: Preset = {
  title: "GitLab",
  description:
    "ID tokens of GitLab CI/CD jobs. Give `audience`, `clientId` and a claim condition on the project or namespace, and `domain` for your own server.",
  parameters: { domain: hostAndPort("gitlab.example.com") },
  settings: ({ domain = "gitlab.com" }) => ({
    issuer: `https://${domain}`,
    allowedAlgorithms: ["RS256"],
    attributeMapping: { tokenId: "jti" },
  }),
  keySetUrl: (issuer) => under(issuer, "oauth/discovery/keys"),
  needs: {
    audience: {
      path: ["audience"],
      what: "`audience`, the `aud` of the job's `id_tokens`, such as the URL of this server",
    },
  },
  workload: {
    clientIs: "the client that the jobs become",
    identifyingClaims: ["project_id", "namespace_id", "sub", "project_path", "namespace_path"],
    prefix: /^(?:project_path:)?[^:/]+\//,
    needsCondition:
      'a condition on `project_id`, `namespace_id`, `sub`, `project_path` or `namespace_path`, since its issuer signs the tokens of every project: `{ claim: "project_id", operator: EQUALS, values: ["20"] }`, best with another one, `{ claim: "ref_protected", operator: EQUALS, values: ["true"] }`. A value of STARTS_WITH must go beyond the slash after the group',
  },
};
