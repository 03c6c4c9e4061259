import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { type Credentials, createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const USAGE = `query ($clientId: ID!, $from: DateTime, $to: DateTime) {
  client(clientId: $clientId) {
    usage(from: $from, to: $to) {
      from to tokensIssued requestsRefused
      hours { hour tokensIssued requestsRefused }
      audiences { audience tokensIssued }
    }
    scopeUses { scope lastRequestedAt }
    grants(first: 5) { nodes { scopeUses { scope lastRequestedAt } } }
  }
}`;
const ORDERS = "https://orders.example.com";

let server: TestServer;
let client: Credentials;

const usageOf = async (clientId: string, period: object = {}) => {
  await server.services.usageRecorder.flush();
  return (await server.operator.request(USAGE, { clientId, ...period })).client;
};
const oauthToken = async ({ clientId, clientSecret }: Credentials, parameters: object) => {
  const response = await fetch(`${server.url}/oauth/token`, {
    method: "POST",
    headers: { authorization: basicAuthorization(clientId, clientSecret) },
    body: new URLSearchParams({ grant_type: "client_credentials", ...parameters }),
  });
  return response.status;
};
const hour = (hours: number) => {
  const ms = 3_600_000;
  const start = Math.floor(server.clock.now().getTime() / ms) * ms;
  return new Date(start + hours * ms).toISOString();
};
const today = () => `${server.clock.now().toISOString().slice(0, 10)}T00:00:00.000Z`;

beforeAll(async () => {
  server = await startTestServer();
  client = await createClient(server.operator, { scopes: ["read:*", "write:users"] });
  const scopes = [{ value: "orders:read" }, { value: "orders:write" }, { value: "orders:list" }];
  const { apiId } = await createApi(server.operator, { identifier: ORDERS, scopes });
  const { clientId } = client;
  const granted = { scopes: ["orders:read", "orders:write"] };
  await createGrant(server.operator, { clientId }, { apiId }, granted as never);
});

afterAll(async () => {
  await server.stop();
});

describe("the usage of a client", () => {
  test("counts tokens and refusals of both transports by hour and audience", async () => {
    await issueToken(server.anonymous, client);
    expect(await oauthToken(client, { audience: ORDERS, scope: "orders:read" })).toBe(200);
    expect(await oauthToken(client, { scope: "delete:users" })).toBe(400);
    expect(await oauthToken({ ...client, clientSecret: "csk_wrong" }, {})).toBe(401);
    server.clock.advance(3600);
    await issueToken(server.anonymous, client);
    await issueToken(server.anonymous, client);
    const { usage } = await usageOf(client.clientId);
    expect(usage).toEqual({
      from: hour(-23),
      to: hour(1),
      tokensIssued: 4,
      requestsRefused: 2,
      hours: [
        { hour: hour(-1), tokensIssued: 2, requestsRefused: 2 },
        { hour: hour(0), tokensIssued: 2, requestsRefused: 0 },
      ],
      audiences: [
        { audience: ORDERS, tokensIssued: 1 },
        { audience: server.projectId, tokensIssued: 3 },
      ],
    });
    const later = await usageOf(client.clientId, { from: hour(0) });
    expect(later.usage.tokensIssued).toBe(2);
  });

  test("counts a refusal for the client that it names alone, and none for an unknown one", async () => {
    const other = await createClient(server.operator);
    await oauthToken({ clientId: "unknown", clientSecret: "csk_wrong" }, {});
    await oauthToken({ clientId: other.clientId, clientSecret: "csk_wrong" }, {});
    const { usage } = await usageOf(other.clientId);
    expect([usage.tokensIssued, usage.requestsRefused]).toEqual([0, 1]);
  });

  test("adds up what several processes count", async () => {
    const other = await createClient(server.operator);
    for (let process = 0; process < 3; process++) {
      await issueToken(server.anonymous, other);
      await server.services.usageRecorder.flush();
    }
    expect((await usageOf(other.clientId)).usage.tokensIssued).toBe(3);
  });

  test("of a client that is deleted meanwhile is dropped, and that of others is kept", async () => {
    const [gone, other] = [
      await createClient(server.operator),
      await createClient(server.operator),
    ];
    await issueToken(server.anonymous, gone);
    await issueToken(server.anonymous, other);
    const input = { clientId: gone.clientId };
    await server.operator.request(
      "mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }",
      { input },
    );
    expect((await usageOf(other.clientId)).usage.tokensIssued).toBe(1);
  });

  test.each<[string, object, string]>([
    [
      "that ends before it begins",
      { from: "2030-01-02T00:00:00Z", to: "2030-01-01T00:00:00Z" },
      "to",
    ],
    ["of more than 31 days", { from: "2030-01-01T00:00:00Z", to: "2030-02-02T00:00:00Z" }, "from"],
  ])("refuses a period %s", async (_title, period, path) => {
    const { errors } = await server.operator.send(USAGE, { clientId: client.clientId, ...period });
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", path: [path] });
  });
});

describe("the use of scopes", () => {
  test("is noted for what is granted, whichever way it is asked for", async () => {
    const caller = await createClient(server.operator, { scopes: ["read:*", "write:users"] });
    await issueToken(server.anonymous, caller, { scopes: ["read:users", "read:orders"] });
    expect((await usageOf(caller.clientId)).scopeUses).toEqual([
      { scope: "read:*", lastRequestedAt: today() },
    ]);
    await issueToken(server.anonymous, caller);
    expect(
      (await usageOf(caller.clientId)).scopeUses.map(({ scope }: { scope: string }) => scope),
    ).toEqual(["read:*", "write:users"]);
  });

  test("is noted for each grant, once a day", async () => {
    const { grants } = await usageOf(client.clientId);
    expect(grants.nodes).toEqual([
      { scopeUses: [{ scope: "orders:read", lastRequestedAt: today() }] },
    ]);
    server.clock.advance(24 * 3600);
    await oauthToken(client, { audience: ORDERS, scope: "orders:read" });
    const later = await usageOf(client.clientId);
    expect(later.grants.nodes[0].scopeUses).toEqual([
      { scope: "orders:read", lastRequestedAt: today() },
    ]);
  });
});
