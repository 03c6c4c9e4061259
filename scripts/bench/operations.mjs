// What the other operations cost, and starting.
import { randomBytes, randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";
import {
  createClients,
  form,
  graphqlRequest,
  issueTokenRequest,
  startServer,
} from "./countersign.mjs";
import { count, measure, ms, table } from "./measure.mjs";

const IMPORTED = 20;

export async function operations({ seconds, warmUpSeconds }, postgres) {
  const rows = [];
  const facts = [];
  for (const database of ["SQLite", "PostgreSQL"]) {
    const databaseUrl = database === "PostgreSQL" ? await postgres.createDatabase() : undefined;
    const server = await startServer({ databaseUrl });
    try {
      const atStart = server.residentMegabytes();
      for (const { name, requests } of await loads(server)) {
        const target = { program: server, url: server.url, requests };
        await measure(target, warmUpSeconds / 2);
        const taken = await measure(target, seconds);
        const { perCpuSecond, perSecond, p50, p99 } = taken;
        rows.push([name, database, count(perCpuSecond), count(perSecond), ms(p50), ms(p99)]);
      }
      const { first, later } = await importedClients(server);
      facts.push([database, "first token of an imported client (bcrypt, cost 10)", ms(first)]);
      facts.push([database, "each later one", ms(later)]);
      facts.push([database, "start on an empty database", ms(server.startUpMs)]);
      facts.push([database, "memory after the start", `${count(atStart)} MB`]);
      facts.push([database, "memory after this load", `${count(server.residentMegabytes())} MB`]);
    } finally {
      await server.stop();
    }
  }
  const head = ["operation", "database", "per CPU-second", "per second", "p50", "p99"];
  const markdown = [
    "## Other operations",
    "One process on one core, 16 connections, RS256.",
    table(head, rows),
    table(["database", "what", ""], facts),
  ].join("\n\n");
  return { markdown };
}

async function loads(server) {
  const [client] = await createClients(server, 1);
  const { accessToken } = (
    await server.anybody(
      "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }",
      { input: client },
    )
  ).issueToken;
  const { profileId, tokens } = await trustedAuth(server);
  const sessions = [];
  for (const token of tokens.slice(0, 50)) {
    const { attestSession } = await server.operator(ATTEST, { input: { profileId, token } });
    sessions.push(attestSession.sessionToken);
  }
  const basic = { authorization: server.authorization };
  return [
    {
      name: "`attestSession`",
      requests: tokens.map((token) =>
        graphqlRequest(ATTEST, { input: { profileId, token } }, basic),
      ),
    },
    {
      name: "`authenticateSession`",
      requests: sessions.map((sessionToken) =>
        graphqlRequest(
          "mutation ($input: AuthenticateSessionInput!) { authenticateSession(input: $input) { session { sessionId } } }",
          { input: { credential: { sessionToken } } },
        ),
      ),
    },
    {
      name: "`verifyToken`",
      requests: [
        graphqlRequest(
          "mutation ($input: VerifyTokenInput!) { verifyToken(input: $input) { token { clientId } } }",
          { input: { accessToken } },
        ),
      ],
    },
    {
      name: "introspection",
      requests: [
        {
          path: `/projects/${server.projectId}/oauth/introspect`,
          headers: { "content-type": "application/x-www-form-urlencoded", ...basic },
          body: form({ token: accessToken }),
          contains: '"active":true',
        },
      ],
    },
    {
      name: "JWKS",
      requests: [
        {
          method: "GET",
          path: `/projects/${server.projectId}/.well-known/jwks.json`,
          contains: '{"keys":[',
        },
      ],
    },
  ];
}

const ATTEST =
  "mutation ($input: AttestSessionInput!) { attestSession(input: $input) { session { sessionId } sessionToken } }";

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
    Array.from({ length: 100 }, (_, index) =>
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

/** Milliseconds of a first use, which verifies bcrypt, and of a later one; medians. */
async function importedClients(server) {
  const clients = [];
  for (let index = 0; index < IMPORTED; index++) {
    const clientId = `imported-${index}`;
    const clientSecret = randomBytes(24).toString("base64url");
    const secretHash = bcrypt.hashSync(clientSecret, 10);
    await server.operator(
      "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }",
      { input: { clientId, secretHash, scopes: ["read:invoices"] } },
    );
    clients.push({ clientId, clientSecret });
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const round = async () => {
    const times = [];
    for (const client of clients) {
      const { headers, body } = issueTokenRequest(client);
      const startedAt = performance.now();
      const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body });
      const { errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors[0]));
      times.push(performance.now() - startedAt);
    }
    return median(times);
  };
  const first = await round();
  await round();
  return { first, later: await round() };
}
