// The requests of the operations that are measured, by the operations' names.
import { randomUUID } from "node:crypto";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";
import {
  createClients,
  form,
  graphqlRequest,
  issueTokenRequest,
  oauthTokenRequest,
} from "./countersign.mjs";

const CLIENTS = 100;
/** So many that none has more than a few dozen sessions after a run. */
const MEMBERS = 1000;

export async function operationRequests(server) {
  const clients = await createClients(server, CLIENTS);
  const accessTokens = [];
  for (const client of clients) {
    const { issueToken } = await server.anybody(
      "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }",
      { input: client },
    );
    accessTokens.push(issueToken.accessToken);
  }
  const { profileId, tokens } = await trustedAuth(server);
  const sessionTokens = [];
  for (const token of tokens) {
    const { attestSession } = await server.operator(attest(""), { input: { profileId, token } });
    sessionTokens.push(attestSession.sessionToken);
  }
  const basic = { authorization: await managementKey(server) };
  const attestations = (more) =>
    tokens.map((token) => graphqlRequest(attest(more), { input: { profileId, token } }, basic));
  const authentications = (more) =>
    sessionTokens.map((sessionToken) =>
      graphqlRequest(authenticate(more), { input: { credential: { sessionToken } } }),
    );
  const jwksPath = `/projects/${server.projectId}/.well-known/jwks.json`;
  const { headers } = await fetch(server.url + jwksPath);
  return {
    "`issueToken`": clients.map(issueTokenRequest),
    "`/oauth/token`": clients.map((client) => oauthTokenRequest(server.projectId, client)),
    "`attestSession`": attestations(""),
    "`attestSession` with `sessionJwt`": attestations("sessionJwt"),
    "`authenticateSession`": authentications(""),
    "`authenticateSession` with `sessionJwt`": authentications("sessionJwt"),
    "`verifyToken`": accessTokens.map((accessToken) =>
      graphqlRequest(
        "mutation ($input: VerifyTokenInput!) { verifyToken(input: $input) { token { clientId } } }",
        { input: { accessToken } },
      ),
    ),
    introspection: accessTokens.map((token) => ({
      path: `/projects/${server.projectId}/oauth/introspect`,
      headers: { "content-type": "application/x-www-form-urlencoded", ...basic },
      body: form({ token }),
      contains: '"active":true',
    })),
    JWKS: [{ method: "GET", path: jwksPath, contains: '{"keys":[' }],
    "JWKS, 304": [
      {
        method: "GET",
        path: jwksPath,
        headers: { "if-none-match": headers.get("etag") },
        status: 304,
        contains: "",
      },
    ],
  };
}

/** A generated one, as operators use. The server's own secret is as one that a person chose: its failures are counted. */
async function managementKey({ operator, projectId }) {
  const { createManagementKey } = await operator(
    "mutation ($input: CreateManagementKeyInput!) { createManagementKey(input: $input) { secret } }",
    { input: { name: "Bench", permissions: ["SESSIONS_WRITE", "TOKENS_READ"] } },
  );
  const credentials = `${projectId}:${createManagementKey.secret}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

const attest = (more) =>
  `mutation ($input: AttestSessionInput!) { attestSession(input: $input) { session { sessionId } sessionToken ${more} } }`;

const authenticate = (more) =>
  `mutation ($input: AuthenticateSessionInput!) { authenticateSession(input: $input) { session { sessionId } ${more} } }`;

async function trustedAuth(server) {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const issuer = "https://identity.example.com";
  const { createOrganization } = await server.operator(
    "mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { organizationId } } }",
    { input: { name: "Bench" } },
  );
  const { organizationId } = createOrganization.organization;
  const { createProfile } = await server.operator(
    "mutation ($input: CreateProfileInput!) { createProfile(input: $input) { profile { profileId } } }",
    {
      input: {
        name: "Bench",
        issuer,
        audience: "bench",
        keys: { publicKeys: [{ pem: await exportSPKI(publicKey) }] },
        attributeMapping: { email: "email", tokenId: "jti" },
        canJitProvision: true,
        organizationId,
      },
    },
  );
  const tokens = await Promise.all(
    Array.from({ length: MEMBERS }, (_, index) =>
      new SignJWT({ email: `member-${index}@example.com`, email_verified: true })
        .setProtectedHeader({ alg: "RS256" })
        .setIssuer(issuer)
        .setAudience("bench")
        .setSubject(`member-${index}`)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey),
    ),
  );
  return { profileId: createProfile.profile.profileId, tokens };
}
