import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { basicHeader, GRANT, post, send, tokenPath } from "../oauth/oauth-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { operationText, rootFields, sampleArguments } from "../support/any-operation.js";
import { dumpTables } from "../support/dump-tables.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { flushFacts, sweepExpired } from "../support/housekeeping.js";
import { createClient, updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const RETENTION_DAYS = 30;
const junk = (length: number) => "x".repeat(length);

describe("a caller without a key", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ trustedProxies: ["127.0.0.1"] });
  });

  afterAll(async () => {
    await server.stop();
  });

  const rows = async () => {
    const dump = JSON.parse(await dumpTables(server.services)) as (string | object[])[];
    return dump.map((part) =>
      typeof part === "string" ? part : part.map((row) => JSON.stringify(row)).sort(),
    );
  };

  test("leaves no row with junk", async () => {
    const { operator, anonymous, clock } = server;
    const client = await createClient(operator);
    await updateProject(operator, { allowBasicVerification: true });
    const { profileId } = await createSessionMember(server, operator, { publicExchange: true });
    const { clientId } = client;
    const junkToken = await (await foreignIssuer(clock, "ES256")).token({
      iss: "https://junk.test",
    });
    server.clock.advance(RETENTION_DAYS * 24 * 3600);
    await server.services.managementKeyAuthenticator.lastUsed.flush();
    await sweepExpired(server);
    const before = await rows();

    const inputs: [field: string, input: object][] = [
      ["issueToken", { clientId, clientSecret: junk(50) }],
      ["issueToken", { clientId: junk(20), clientSecret: junk(1024) }],
      ["issueToken", { clientId, clientSecret: junk(50), projectId: junk(10) }],
      ["verifyClient", { clientId, clientSecret: junk(50) }],
      ["verifyClient", { clientId: junk(20), clientSecret: junk(1024) }],
      ["verifyToken", { accessToken: junkToken }],
      ["attestSession", { profileId, token: junkToken }],
      ["attestSession", { profileId: junk(10), token: junkToken }],
      ["authenticateSession", { credential: { sessionToken: junk(43) } }],
      ["authenticateSession", { credential: { sessionJwt: junkToken } }],
      ["exchangeSession", { organizationId: junk(5), credential: { sessionJwt: junkToken } }],
    ];
    const fields = new Map(rootFields.map(({ field }) => [field.name, field]));
    for (let number = 0; number < 15; number++) {
      const from = { "x-forwarded-for": `192.0.2.${number % 3}` };
      const answers = await Promise.all([
        ...inputs.map(([name, input]) => {
          const field = fields.get(name);
          if (!field) throw new Error(`no operation ${name}`);
          return anonymous.send(operationText(field), { input }, from);
        }),
        server.withKey(server.projectId, junk(number + 1)).send("{ project { name } }", {}, from),
        server.withKey(junk(number + 1), junk(40)).send("{ project { name } }", {}, from),
      ]);
      for (const { errors } of answers) expect(errors).not.toEqual([]);
    }
    for (const { field } of rootFields) {
      await anonymous.send(operationText(field), sampleArguments(field));
    }
    for (const path of [tokenPath(server), "/oauth/introspect", "/oauth/revoke"]) {
      const wrong = basicHeader({ clientId, clientSecret: junk(50) });
      const answer = await post(server, path, { ...GRANT, token: junkToken }, wrong);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    for (const authorization of [`Bearer ${junkToken}`, basicAuthorization(clientId, junk(50))]) {
      const headers = { authorization, "x-forwarded-for": "198.51.100.1" };
      const answer = await send(server, "/oauth/verify?audience=a", { headers });
      expect(answer.status).toBe(401);
    }
    expect(await rows()).not.toEqual(before);

    await flushFacts(server);
    server.clock.advance(RETENTION_DAYS * 24 * 3600);
    await sweepExpired(server);
    expect(await rows()).toEqual(before);
  });
});
