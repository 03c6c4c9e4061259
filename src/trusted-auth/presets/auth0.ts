import { hostName, machineOf, type Preset, under } from "./preset.js";

/** Auth0 generates the ids of applications; the identifier of an API is free text, and a URL as a rule. */
const APPLICATION_ID = /^[A-Za-z0-9]{32}$/;

/**
 * https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure
 * https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 */
export const auth0: Preset = {
  title: "Auth0",
  description:
    "ID tokens of an application, or access tokens of users for an API. Give `domain`, the tenant's or a custom one, and `audience`: the application's client id or the API's identifier.",
  parameters: { domain: hostName("tenant.eu.auth0.com") },
  settings: ({ domain }, { isForClient, audience }) => ({
    issuer: domain && `https://${domain}/`,
    allowedAlgorithms: ["RS256", "PS256"],
    attributeMapping: { email: "email", externalMemberId: "sub", name: "name" },
    // Machines get access tokens for the same API, but never the scope `openid`.
    claimConditions:
      isForClient || audience === undefined || APPLICATION_ID.test(audience)
        ? []
        : [{ claim: "scope", operator: "CONTAINS", values: ["openid"] }],
  }),
  keySetUrl: (issuer) => under(issuer, ".well-known/jwks.json"),
  needs: {
    issuer: {
      path: ["preset", "domain"],
      what: "`domain`, your tenant's domain or a custom one, such as `tenant.eu.auth0.com`",
    },
    audience: {
      path: ["audience"],
      what: "`audience`: the client id of your application for its ID tokens, or the identifier of your API for access tokens",
    },
  },
  workload: machineOf(["sub", "azp"], "AbCdEf0123456789AbCdEf0123456789@clients"),
};
