import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  basicHeader,
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
  post,
} from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  createKey,
  issueToken,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { explain, recordStatements, type Statement } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("the statements of a verified access token", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let accessToken: string;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    ({ accessToken } = await issueToken(server.anonymous, client));
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Those of the second call, after what a process reads once. */
  const statementsOf = async (call: () => Promise<unknown>) => {
    await call();
    const statements = await recordStatements(server.services, call);
    return statements.filter(({ sql }) => !sql.startsWith("UPDATE"));
  };
  const expectIndices = (statements: Statement[]) =>
    server.services.unitOfWork.write(async (manager) => {
      for (const statement of statements) {
        const plan = await explain(manager, statement);
        expect(plan.join("\n")).toMatch(/SEARCH project USING .*INDEX/);
        expect(plan.filter((step) => /\bSCAN\b(?! CONSTANT ROW)/.test(step))).toEqual([]);
      }
    });
  const introspect = async (headers: Record<string, string>) => {
    const path = `/projects/${server.projectId}/oauth/introspect`;
    const { body } = await post(server, path, { token: accessToken }, headers);
    expect(body.active).toBe(true);
  };

  test("are one read by indices for anybody", async () => {
    const statements = await statementsOf(() =>
      server.anonymous.request(VERIFY_TOKEN, { input: { accessToken } }),
    );
    expect(statements).toHaveLength(1);
    await expectIndices(statements);
  });

  test("are the read of the key and one more for an operator", async () => {
    const statements = await statementsOf(() =>
      server.operator.request(VERIFY_TOKEN, { input: { accessToken } }),
    );
    expect(
      statements.map(({ sql }) => /FROM (projects|management_keys) AS/.exec(sql)?.[1]),
    ).toEqual(["management_keys", "projects"]);
  });

  test("are one read by indices for introspection, whoever asks", async () => {
    const { secret } = await createKey(server.operator, ["tokens:read"]);
    const key = { authorization: basicAuthorization(server.projectId, secret) };
    for (const headers of [basicHeader(client), key]) {
      const statements = await statementsOf(() => introspect(headers));
      expect(statements).toHaveLength(1);
      await expectIndices(statements);
    }
  });

  test("are one read by indices for a caller of the API itself", async () => {
    const api = await createApi(server.operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [{ value: "clients:read" }],
    });
    await createGrant(server.operator, client, api);
    const token = await issueAccessToken(server, client, { audience: api.identifier });
    const source = { requestId: "test", ipAddress: "192.0.2.1" };
    const authenticate = () => server.services.bearerAuthenticator.authenticate(token, source);
    expect([...(await authenticate()).permissions]).toEqual(["clients:read"]);
    const statements = await statementsOf(authenticate);
    expect(statements).toHaveLength(1);
    await expectIndices(statements);
  });
});
