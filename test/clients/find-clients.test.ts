import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import {
  type Credentials,
  createClient,
  IMPORT_CLIENT,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const FIND = `query ($filter: ClientFilter) {
  clients(first: 200, filter: $filter) { nodes { clientId name } totalCount }
}`;
const DAY = 24 * 3600;

describe.each([
  ["few, which are sorted", {}],
  ["many, which are listed in order", { maxSortedClients: 1 }],
])("among %s, clients are found", (_howMany, options) => {
  let server: TestServer;
  const clients: Record<string, Credentials> = {};

  const at = (secondsFromNow: number) =>
    new Date(server.clock.now().getTime() + secondsFromNow * 1000).toISOString();
  /** Names of the clients in alphabetical order. */
  const find = async (filter: object) => {
    const { nodes, totalCount } = (await server.operator.request(FIND, { filter })).clients;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ name }: { name: string }) => name).sort();
  };
  const create = async (name: string, input: object = {}) => {
    const client = await createClient(server.operator, { name, ...input });
    clients[name] = client;
    return client;
  };
  const use = async (name: string) => {
    await issueToken(server.anonymous, clients[name] as Credentials);
    await server.services.authenticator.lastUsed.flush();
  };
  const idOf = (name: string) => (clients[name] as Credentials).clientId;

  beforeAll(async () => {
    server = await startTestServer(options);
  });

  afterAll(async () => {
    await server.stop();
  });

  test("by the time of their last use, or because they were never used", async () => {
    for (const name of ["used early", "used late", "used twice", "unused"]) {
      await create(name, { scopes: ["use"] });
    }
    const inUse = (filter: object) => find({ ...filter, scopes: ["use"] });
    await use("used early");
    await use("used twice");
    server.clock.advance(DAY);
    const between = at(-DAY / 2);
    await use("used late");
    await use("used twice");
    expect(await inUse({ lastUsedBefore: between })).toEqual(["used early"]);
    expect(await inUse({ lastUsedBefore: at(0) })).toEqual(["used early"]);
    expect(await inUse({ lastUsedBefore: at(1) })).toEqual([
      "used early",
      "used late",
      "used twice",
    ]);
    expect(await inUse({ lastUsedBefore: at(-2 * DAY) })).toEqual([]);
    expect(await inUse({ neverUsed: true })).toEqual(["unused"]);
    expect(await inUse({ neverUsed: false })).toEqual(["used early", "used late", "used twice"]);
    expect(await inUse({ neverUsed: null, lastUsedBefore: null })).toHaveLength(4);
    expect(await inUse({ neverUsed: true, lastUsedBefore: at(1) })).toEqual([]);
    expect(await inUse({ neverUsed: false, lastUsedBefore: between })).toEqual(["used early"]);
  });

  test("by the time at which they expire, or have expired", async () => {
    await create("expires soon", { scopes: ["expiry"], expiresAt: at(DAY) });
    await create("expires later", { scopes: ["expiry"], expiresAt: at(3 * DAY) });
    await create("stays", { scopes: ["expiry"] });
    const expiring = (expiresBefore: string) => find({ scopes: ["expiry"], expiresBefore });
    expect(await expiring(at(DAY))).toEqual([]);
    expect(await expiring(at(2 * DAY))).toEqual(["expires soon"]);
    expect(await expiring(at(4 * DAY))).toEqual(["expires later", "expires soon"]);
    server.clock.advance(2 * DAY);
    expect(await expiring(at(0))).toEqual(["expires soon"]);
    await updateClient(server.operator, { clientId: idOf("expires soon"), expiresAt: null });
    expect(await expiring(at(2 * DAY))).toEqual(["expires later"]);
  });

  test("by an API on which they have a grant", async () => {
    const { apiId } = await createApi(server.operator);
    const other = await createApi(server.operator);
    await create("granted", { scopes: ["granting"] });
    await create("granted another", { scopes: ["granting"] });
    await createGrant(server.operator, { clientId: idOf("granted") }, { apiId });
    await createGrant(server.operator, { clientId: idOf("granted another") }, other);
    expect(await find({ apiId })).toEqual(["granted"]);
    expect(await find({ apiId, scopes: ["granting"] })).toEqual(["granted"]);
    expect(await find({ apiId, neverUsed: false })).toEqual([]);
    expect(await find({ apiId: "" })).toEqual([]);
    expect(await find({ apiId: "api_unknown" })).toEqual([]);
    const stranger = (await server.otherProject()).operator;
    expect((await stranger.request(FIND, { filter: { apiId } })).clients.totalCount).toBe(0);
    await server.operator.request(
      "mutation ($input: DeleteApiInput!) { deleteApi(input: $input) { apiId } }",
      { input: { apiId } },
    );
    expect(await find({ apiId })).toEqual([]);
  });

  describe("by their secrets:", () => {
    const SCOPE = { scopes: ["secret"] };
    const withSecrets = (filter: object) => find({ ...filter, ...SCOPE });

    beforeAll(async () => {
      await create("kept", SCOPE);
      await create("rotating", SCOPE);
      await create("rotated", SCOPE);
      await create("rotated at once", SCOPE);
      await create("short-lived", { ...SCOPE, secretExpiresAt: at(100 * DAY) });
      server.clock.advance(91 * DAY);
      await create("new", SCOPE);
      const rotating = { input: { clientId: idOf("rotating") } };
      await server.operator.request(START_ROTATION, rotating);
      for (const [name, overlapSeconds] of [
        ["rotated", DAY],
        ["rotated at once", 0],
      ] as const) {
        const input = { clientId: idOf(name), overlapSeconds };
        await server.operator.request(ROTATE_SECRET, { input });
      }
    });

    test("older than 90 days, be it current or previous", async () => {
      const old = ["kept", "rotated", "rotating", "short-lived"];
      expect(await withSecrets({ secretCreatedBefore: at(-90 * DAY) })).toEqual(old);
      expect(await withSecrets({ secretCreatedBefore: at(-92 * DAY) })).toEqual([]);
      expect(await withSecrets({ secretCreatedBefore: at(-91 * DAY) })).toEqual([]);
      expect(await withSecrets({ secretCreatedBefore: at(1) })).toHaveLength(6);
    });

    test("with a status, or none", async () => {
      expect(await withSecrets({ secretStatus: "CURRENT" })).toHaveLength(6);
      expect(await withSecrets({ secretStatus: "NEXT" })).toEqual(["rotating"]);
      expect(await withSecrets({ secretStatus: "PREVIOUS" })).toEqual(["rotated"]);
      expect(await withSecrets({ secretStatus: "NONE" })).toEqual([]);
      expect(await withSecrets({ secretStatus: null })).toHaveLength(6);
    });

    test("until these end by themselves", async () => {
      // Nothing deletes ended secrets in this test: they no longer count.
      server.clock.advance(10 * DAY);
      expect(await withSecrets({ secretStatus: "PREVIOUS" })).toEqual([]);
      expect(await withSecrets({ secretStatus: "NONE" })).toEqual(["short-lived"]);
      expect(await withSecrets({ secretStatus: "CURRENT" })).toHaveLength(5);
      expect(await withSecrets({ secretCreatedBefore: at(-90 * DAY) })).toEqual([
        "kept",
        "rotating",
      ]);
    });

    test("from the time of their import", async () => {
      const input = {
        clientId: "imported",
        clientSecret: "an-imported-secret-3f9c7Qk2Lw",
        ...SCOPE,
      };
      await server.operator.request(IMPORT_CLIENT, { input: { ...input, name: "imported" } });
      const before = at(0);
      server.clock.advance(1);
      expect(await withSecrets({ secretCreatedBefore: before })).not.toContain("imported");
      expect(await withSecrets({ secretCreatedBefore: at(0) })).toContain("imported");
    });
  });
});
