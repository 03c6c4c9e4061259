import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type ApiView,
  CREATE_GRANT,
  createApi,
  createGrant,
  GET_GRANT,
  type GrantView,
  UPDATE_GRANT,
} from "../oauth/oauth-operations.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const UPDATE = `mutation ($input: UpdateApiInput!) {
  updateApi(input: $input) { api { version } clientGrantIds clientGrantCount }
}`;
const EVENTS = `query ($id: ID!) {
  auditEvents(first: 10, filter: { targetId: $id }) { nodes { action actorId requestId } }
}`;

describe("a scope that is removed from an API", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let api: ApiView;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(async () => {
    client = await createClient(server.operator);
    api = await createApi(server.operator, {
      scopes: [{ value: "read:a" }, { value: "read:b" }, { value: "write:*" }],
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const grant = async (scopes: string[]) =>
    createGrant(server.operator, await createClient(server.operator), api, { scopes });
  const find = async ({ clientGrantId }: GrantView): Promise<GrantView> =>
    (await server.operator.request(GET_GRANT, { clientGrantId })).clientGrant;
  const change = async (...values: string[]) => {
    const input = { apiId: api.apiId, scopes: values.map((value) => ({ value })) };
    return (await server.operator.request(UPDATE, { input })).updateApi;
  };

  test("is lost for good by the grants that had it, which the payload names", async () => {
    const both = await createGrant(server.operator, client, api, { scopes: ["read:a", "read:b"] });
    const one = await grant(["read:a"]);
    const covered = await grant(["write:users", "read:b"]);
    server.clock.advance(5);
    const answer = await change("read:b", "write:*");
    expect(answer.clientGrantIds.sort()).toEqual([both.clientGrantId, one.clientGrantId].sort());
    expect(answer.clientGrantCount).toBe(2);
    const updatedAt = server.clock.now().toISOString();
    expect(await find(both)).toEqual({ ...both, scopes: ["read:b"], version: 2, updatedAt });
    expect(await find(one)).toEqual({ ...one, scopes: [], version: 2, updatedAt });
    expect(await find(covered)).toEqual(covered);
    expect(await change("read:a", "read:b", "write:*")).toMatchObject({
      clientGrantIds: [],
      clientGrantCount: 0,
    });
    const token = await issueToken(server.anonymous, client, { audience: api.identifier });
    expect(token.scope).toBe("read:b");
    expect((await find(both)).scopes).toEqual(["read:b"]);
  });

  test("is lost with the wildcard that covered it, and kept with one that does", async () => {
    const covered = await grant(["write:users", "read:a"]);
    expect((await change("read:*", "write:users")).clientGrantIds).toEqual([]);
    expect((await find(covered)).scopes).toEqual(["write:users", "read:a"]);
    expect((await change("read:*")).clientGrantIds).toEqual([covered.clientGrantId]);
    expect((await find(covered)).scopes).toEqual(["read:a"]);
  });

  test("leaves an event of the API and of each grant", async () => {
    const narrowed = await grant(["read:a"]);
    server.clock.advance(1);
    await change("read:b");
    const of = async (id: string) =>
      (await server.operator.request(EVENTS, { id })).auditEvents.nodes;
    const [ofGrant, created] = await of(narrowed.clientGrantId);
    const [ofApi] = await of(api.apiId);
    expect(created.action).toBe("CLIENT_GRANT_CREATE");
    expect(ofGrant).toEqual({ ...ofApi, action: "CLIENT_GRANT_UPDATE" });
  });

  test("leaves grants of all scopes and of other APIs as they are", async () => {
    const all = await createGrant(server.operator, client, api);
    const other = await createApi(server.operator, { scopes: [{ value: "read:a" }] });
    const elsewhere = await createGrant(server.operator, client, other, { scopes: ["read:a"] });
    expect(await change("read:b")).toMatchObject({ clientGrantIds: [], clientGrantCount: 0 });
    expect(await find(all)).toEqual(all);
    expect(await find(elsewhere)).toEqual(elsewhere);
  });

  test("is lost by as many grants as there are, of which the payload names two hundred", async () => {
    const grants = await Promise.all(
      Array.from({ length: 205 }, () => grant(["read:a", "read:b"])),
    );
    const { clientGrantIds, clientGrantCount } = await change("read:b");
    expect(clientGrantCount).toBe(205);
    expect(new Set(clientGrantIds).size).toBe(200);
    for (const one of grants.slice(-5)) expect((await find(one)).scopes).toEqual(["read:b"]);
  });

  test("is in no grant that is written at the same time", async () => {
    const existing = await grant(["read:b"]);
    const fresh = await createClient(server.operator);
    const [changed] = await Promise.all([
      change("read:b", "write:*"),
      server.operator.send(UPDATE_GRANT, {
        input: { clientGrantId: existing.clientGrantId, scopes: ["read:a"] },
      }),
      server.operator.send(CREATE_GRANT, {
        input: { clientId: fresh.clientId, apiId: api.apiId, scopes: ["read:a", "read:b"] },
      }),
      ...Array.from({ length: 5 }, async () => {
        const another = await createClient(server.operator);
        return server.operator.send(CREATE_GRANT, {
          input: { clientId: another.clientId, apiId: api.apiId, scopes: ["read:a"] },
        });
      }),
    ]);
    const { clientGrants } = await server.operator.request(
      `query ($apiId: ID!) { clientGrants(first: 20, filter: { apiId: $apiId }) { nodes { clientGrantId scopes } } }`,
      { apiId: api.apiId },
    );
    for (const { scopes } of clientGrants.nodes) expect(scopes).not.toContain("read:a");
    expect(changed.api.version).toBe(2);
  });
});
