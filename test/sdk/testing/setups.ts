import type { TestIssuerSetup } from "@countersign/sdk/testing";
import type { JWK } from "jose";

export const SECRET = "7wPz-kQx2-Lm9t-Vb4r";
const scopes = ["orders:read", "orders:write", "orders:*", "stock:read", "ping"];

export const ORDERS = "https://orders.example.com";
export const STOCK = "https://stock.example.com";
export const LEGACY = "https://legacy.example.com";
export const STRICT = "https://strict.example.com";
export const SHORT = "urn:short";

const grant = (audience: string, ...granted: string[]) => ({ audience, scopes: granted });

/** Clients and APIs of every kind. @param jwk public key of the client that signs assertions */
export const everyKind = (jwk: JWK): TestIssuerSetup => ({
  accessTokenLifetimeSeconds: 1800,
  introspectionClientId: "gateway",
  claimsTemplate: `{
    "tier": {{ client.trusted_metadata.tier }},
    "who": "{{ client.name }} ({{ client.client_id }})",
    "of": {{ client.owner.id }},
    "trace": {{ request.trace }},
    "nested": { "plan": {{ client.trusted_metadata.plan }}, "list": [{{ request["x-tag"] }}] }
  }`,
  apis: [
    { identifier: ORDERS, scopes, introspectionClientId: "gateway" },
    { identifier: STOCK, scopes, tokenProfile: "RFC9068", signingAlgorithm: "ES256" },
    { identifier: LEGACY, scopes, tokenProfile: "AUTH0", permissionsClaim: true },
    { identifier: STRICT, scopes, allowOmittedScope: false },
    { identifier: SHORT, scopes, accessTokenLifetimeSeconds: 120 },
  ],
  clients: [
    {
      clientId: "shop",
      clientSecret: SECRET,
      name: "Shop",
      owner: "acme",
      trustedMetadata: { tier: "gold", plan: { seats: 3 } },
      projectScopes: ["jobs:run", "jobs:*"],
      grants: [
        grant(ORDERS, "orders:read", "ping"),
        { audience: STOCK, allScopes: true },
        grant(LEGACY, "orders:read", "stock:read"),
        grant(STRICT, "orders:read"),
        { ...grant(SHORT, "orders:*"), accessTokenLifetimeSeconds: 60 },
      ],
    },
    { clientId: "gateway", clientSecret: SECRET },
    { clientId: "nobody", clientSecret: SECRET },
    { clientId: "wildcards", clientSecret: SECRET, grants: [grant(ORDERS, "orders:*")] },
    { clientId: "inactive", clientSecret: SECRET, status: "INACTIVE" },
    { clientId: "expiring", clientSecret: SECRET, expiresAt: "2026-03-01T12:10:00Z" },
    { clientId: "renewed", clientSecret: SECRET, secretExpiresAt: "2026-03-01T12:10:00Z" },
    { clientId: "useless", clientSecret: SECRET, grantTypes: [] },
    {
      clientId: "basic",
      clientSecret: SECRET,
      tokenEndpointAuthMethod: "CLIENT_SECRET_BASIC",
      projectScopes: ["a"],
    },
    {
      clientId: "posting",
      clientSecret: SECRET,
      tokenEndpointAuthMethod: "CLIENT_SECRET_POST",
      projectScopes: ["a"],
    },
    {
      clientId: "signing",
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      publicKeys: [jwk],
      grants: [grant(ORDERS, "orders:read")],
    },
    {
      clientId: "bound",
      clientSecret: SECRET,
      dpopBoundAccessTokens: true,
      grants: [grant(ORDERS, "orders:read")],
    },
  ],
});

/** A project in Auth0's format, whose requests without an audience are for an API. */
export const LIKE_AUTH0: TestIssuerSetup = {
  tokenProfile: "AUTH0",
  defaultAudience: LEGACY,
  apis: [
    { identifier: LEGACY, scopes, tokenProfile: "AUTH0" },
    { identifier: ORDERS, scopes },
  ],
  clients: [
    {
      clientId: "shop",
      clientSecret: SECRET,
      grants: [grant(LEGACY, "orders:read"), grant(ORDERS, "orders:read")],
    },
    { clientId: "nobody", clientSecret: SECRET },
  ],
};
