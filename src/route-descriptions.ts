/** Of an issuer by its host, below the public URL, and by its host and path. */
const PREFIXES = ["", "/projects/:projectId", "/:issuer0"];

/** The routes of the server with their methods, for docs/reference. */
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
      "The API. A browser's `GET` gets the explorer; queries over `GET` are refused, because they would put credentials into URLs.",
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
  ...ofEachIssuer("/oauth/token", ["POST"], "Token endpoint (RFC 6749), form or JSON."),
  {
    path: "/v1/public/:projectId/oauth2/token",
    methods: ["POST"],
    description: "The token endpoint for Stytch's SDKs.",
  },
  ...ofEachIssuer("/oauth/introspect", ["POST"], "Introspection (RFC 7662)."),
  ...ofEachIssuer("/oauth/revoke", ["POST"], "Revocation (RFC 7009)."),
  ...ofEachIssuer("/oauth/register", ["POST"], "Registration of a client (RFC 7591)."),
  ...ofEachIssuer(
    "/oauth/register/:clientId",
    ["GET", "PUT", "DELETE"],
    "A registered client (RFC 7592).",
  ),
  ...ofEachIssuer(
    "/.well-known/jwks.json",
    ["GET"],
    "Public keys of tokens (RFC 7517), `application/jwk-set+json` if `Accept` prefers it. CORS `*`, entity tag.",
  ),
  ...["/v1/sessions/jwks/:projectId", "/v1/b2b/sessions/jwks/:projectId"].map((path) => ({
    path,
    methods: ["GET"],
    description: "The same keys for Stytch's SDKs.",
  })),
  ...["openid-configuration", "oauth-authorization-server"].flatMap((document) => {
    const description = "Metadata (OpenID Connect Discovery, RFC 8414). CORS `*`, entity tag.";
    const wellKnown = `/.well-known/${document}`;
    return [
      ...ofEachIssuer(wellKnown, ["GET"], description),
      ...PREFIXES.slice(1).map((prefix) => ({
        path: `${wellKnown}${prefix}`,
        methods: ["GET"],
        description,
      })),
    ];
  }),
];

/** A path below the issuer of a project, wherever that is. */
function ofEachIssuer(path: string, methods: readonly string[], description: string) {
  return PREFIXES.map((prefix) => ({ path: `${prefix}${path}`, methods, description }));
}
