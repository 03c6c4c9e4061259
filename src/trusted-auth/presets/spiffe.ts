import { z } from "zod";
import type { Preset } from "./preset.js";

/** https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md */
export const spiffe: Preset = {
  title: "SPIFFE",
  description:
    "JWT-SVIDs, which need no `iss`. Give `domain`, the trust domain, `keys` with the URL of its bundle, `audience`, `clientId` and a claim condition on `sub`, the SPIFFE ID.",
  parameters: {
    domain: z
      .string()
      .regex(
        /^[a-z0-9._-]{1,255}$/,
        "Must be the name of a trust domain, such as `example.org`, without `spiffe://` and without a path",
      ),
  },
  settings: ({ domain }) => ({
    issuer: domain && `spiffe://${domain}`,
    // Section 2.1 of the specification.
    allowedAlgorithms: [
      "RS256",
      "RS384",
      "RS512",
      "ES256",
      "ES384",
      "ES512",
      "PS256",
      "PS384",
      "PS512",
    ],
    attributeMapping: {},
  }),
  keySetUrl: () => undefined,
  needs: {
    issuer: { path: ["preset", "domain"], what: "`domain`, the trust domain" },
    audience: {
      path: ["audience"],
      what: "`audience`, which the workload asks for, such as the URL of this server",
    },
    keys: {
      path: ["keys"],
      what: "`keys.jwksUrl`, the URL of the trust domain's bundle or of its OIDC discovery provider's keys",
    },
  },
  workload: {
    clientIs: "the client that the workload becomes",
    identifyingClaims: ["sub"],
    prefix: /^spiffe:\/\/[^/]+\/.+\/$/,
    needsCondition:
      'a condition on `sub`, the SPIFFE ID, since the trust domain signs the tokens of all its workloads: `{ claim: "sub", operator: EQUALS, values: ["spiffe://example.org/billing"] }`. A value of STARTS_WITH must be a path below the trust domain that ends with a slash',
  },
};
