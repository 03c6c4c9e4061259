/**
 * The routes of the server with their methods, for docs/reference. `{issuer}` is the place of a project's
 * issuer: see `ISSUER_PATHS`.
 */
export const ROUTE_DESCRIPTIONS: readonly {
  path: string;
  methods: readonly string[];
  description: string;
}[] = [
  { path: "/", methods: ["GET"], description: "Redirects to the explorer." },
  {
    path: "/graphql",
    methods: ["GET", "POST"],
    description:
      "The API. `GET` is for browsers, which get the explorer. Queries over `GET` are refused, because they would put credentials into URLs.",
  },
  {
    path: "/explorer/:file",
    methods: ["GET"],
    description:
      "Scripts, styles and workers of the explorer, if `EXPLORER=graphiql`. Browsers keep them, since their names change with them.",
  },
  {
    path: "/schema.graphql",
    methods: ["GET"],
    description: "The schema in SDL, for client generators. CORS `*`, entity tag.",
  },
  { path: "/healthz", methods: ["GET"], description: "200 while the process runs." },
  {
    path: "/readyz",
    methods: ["GET"],
    description: "200 if the database, its migrations and a signing key are there; otherwise 503.",
  },
  {
    path: "{issuer}/oauth/authorize",
    methods: ["GET", "POST"],
    description:
      "The authorization endpoint that metadata names. Nobody signs in here: it says so, with `unsupported_response_type`.",
  },
  {
    path: "{issuer}/oauth/token",
    methods: ["POST"],
    description: "Token endpoint (RFC 6749), form or JSON.",
  },
  {
    path: "/v1/public/:projectId/oauth2/token",
    methods: ["POST"],
    description: "The token endpoint for Stytch's SDKs.",
  },
  {
    path: "{issuer}/oauth/introspect",
    methods: ["POST"],
    description: "Introspection (RFC 7662).",
  },
  {
    path: "{issuer}/oauth/verify",
    methods: ["GET"],
    description:
      "Tells gateways who sent a request, for an `audience` and with every `scope`: see [gateways](../gateways.md).",
  },
  { path: "{issuer}/oauth/revoke", methods: ["POST"], description: "Revocation (RFC 7009)." },
  {
    path: "{issuer}/oauth/register",
    methods: ["POST"],
    description: "Registration of a client (RFC 7591).",
  },
  {
    path: "{issuer}/oauth/register/:clientId",
    methods: ["GET", "PUT", "DELETE"],
    description: "A registered client (RFC 7592).",
  },
  {
    path: "{issuer}/.well-known/jwks.json",
    methods: ["GET"],
    description:
      "Public keys of tokens (RFC 7517), `application/jwk-set+json` if `Accept` prefers it. CORS `*`, entity tag.",
  },
  ...["/v1/sessions/jwks/:projectId", "/v1/b2b/sessions/jwks/:projectId"].map((path) => ({
    path,
    methods: ["GET"],
    description: "The same keys for Stytch's SDKs.",
  })),
  {
    path: "{issuer}/oauth/protected-resources/:apiId",
    methods: ["GET"],
    description:
      "An API's protected resource metadata (RFC 9728), if its identifier is a URL. CORS `*`, entity tag.",
  },
  ...["openid-configuration", "oauth-authorization-server"].map((document) => ({
    path: `{issuer}/.well-known/${document}`,
    methods: ["GET"],
    description:
      "Metadata (OpenID Connect Discovery, RFC 8414), also with the issuer's path at its end. CORS `*`, entity tag.",
  })),
];

/** Of an issuer by its host, below the public URL, and by its host and path of up to three segments. */
export const ISSUER_PATHS = ["", "/projects/:projectId", "/:issuer0"];
