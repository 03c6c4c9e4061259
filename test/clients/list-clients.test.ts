import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LIST = `query ($first: Int, $after: String, $filter: ClientFilter, $orderBy: ClientOrder) {
  clients(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { clientId } } nodes { clientId name } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

describe("listed clients", () => {
  let server: TestServer;
  const ids: string[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    for (let number = 0; number < 25; number++) {
      // Several clients share a time or a name, so that their ids decide the order.
      if (number % 3 === 0) server.clock.advance(1);
      const name = number % 5 === 0 ? undefined : `Client ${String(number % 7).padStart(2, "0")}`;
      const { clientId } = await createClient(server.operator, {
        name,
        scopes: ["common", number % 2 === 0 ? "even" : "odd"],
        trustedMetadata: number < 4 ? { tier: number } : { plan: number },
      });
      ids.push(clientId);
    }
    server.clock.advance(60);
    await updateClient(server.operator, { clientId: ids[3], status: "INACTIVE" });
    const others = await server.otherProject();
    await createClient(others.operator, { name: "Somebody else's" });
  });

  afterAll(async () => {
    await server.stop();
  });

  const list = async (variables: object = {}) =>
    (await server.operator.request(LIST, variables)).clients;
  const idsOf = ({ nodes }: { nodes: { clientId: string }[] }) =>
    nodes.map(({ clientId }) => clientId);
  const filtered = async (filter: object) => new Set(idsOf(await list({ first: 100, filter })));
  const numbered = (...numbers: number[]) => new Set(numbers.map((number) => ids[number]));

  /** Collects all pages. */
  const walk = async (orderBy: object | undefined, first: number) => {
    const seen: { clientId: string; name: string | null }[] = [];
    let after: string | null = null;
    for (;;) {
      const page: Awaited<ReturnType<typeof list>> = await list({ first, after, orderBy });
      seen.push(...page.nodes);
      expect(page.totalCount).toBe(25);
      if (!page.pageInfo.hasNextPage) return seen;
      expect(page.nodes).toHaveLength(first);
      after = page.pageInfo.endCursor;
    }
  };

  const orders = ["CREATED_AT", "UPDATED_AT", "NAME"].flatMap((field) =>
    ["ASC", "DESC"].map((direction) => ({ field, direction })),
  );

  test.each(orders)(
    "appear exactly once across pages ordered by $field $direction",
    async (order) => {
      const seen = (await walk(order, 10)).map(({ clientId }) => clientId);
      expect(seen).toHaveLength(25);
      expect(new Set(seen)).toEqual(new Set(ids));
      const reversed = { ...order, direction: order.direction === "ASC" ? "DESC" : "ASC" };
      expect((await walk(reversed, 7)).map(({ clientId }) => clientId)).toEqual(seen.reverse());
    },
  );

  test("are ordered newest first by default", async () => {
    const seen = idsOf(await list());
    expect(seen).toHaveLength(25);
    expect(seen.at(-1)).toBe([...ids.slice(0, 3)].sort()[0]);
    expect(seen).toEqual(
      (await walk({ field: "CREATED_AT", direction: "DESC" }, 1)).map(({ clientId }) => clientId),
    );
  });

  test("are ordered with empty names first, and with the latest update last", async () => {
    const names = (await walk({ field: "NAME", direction: "ASC" }, 10)).map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual([null, null, null, null, null]);
    expect(names.slice(5)).toEqual([...names.slice(5)].sort());
    const byChange = await walk({ field: "UPDATED_AT", direction: "DESC" }, 10);
    expect(byChange[0]?.clientId).toBe(ids[3]);
  });

  test("continue where the page ended when clients are added and deleted in between", async () => {
    const orderBy = { field: "CREATED_AT", direction: "DESC" };
    const first = await list({ first: 10, orderBy });
    const added = await createClient(server.operator, { name: "Added meanwhile" });
    const second = await list({ first: 10, orderBy, after: first.pageInfo.endCursor });
    await server.operator.request(
      "mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }",
      { input: { clientId: added.clientId } },
    );
    const third = await list({ first: 10, orderBy, after: second.pageInfo.endCursor });
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(idsOf(await list()));
  });

  test("have a cursor for each edge", async () => {
    const { edges } = await list({ first: 5 });
    const after = edges[2].cursor;
    expect(idsOf(await list({ first: 2, after }))).toEqual(
      [edges[3], edges[4]].map(({ node }) => node.clientId),
    );
  });

  test("can be empty", async () => {
    const { clients } = await (await server.otherProject()).operator.request(LIST);
    expect(clients).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
      totalCount: 0,
    });
  });

  test("are filtered by id, status, metadata key, scopes and name", async () => {
    expect(await filtered({ clientIds: [ids[1], ids[2], "client_nobody"] })).toEqual(
      numbered(1, 2),
    );
    expect(await filtered({ clientIds: [] })).toEqual(new Set());
    expect(await filtered({ status: "INACTIVE" })).toEqual(numbered(3));
    expect(await filtered({ metadata: [{ key: "tier" }] })).toEqual(numbered(0, 1, 2, 3));
    expect(await filtered({ scopes: ["odd"] })).toHaveProperty("size", 12);
    expect(await filtered({ scopes: ["odd", "even"] })).toEqual(new Set());
    expect(await filtered({ scopes: ["common", "even"] })).toHaveProperty("size", 13);
    expect(await filtered({ nameContains: "CLIENT 06" })).toEqual(numbered(6, 13));
    expect(await filtered({})).toHaveProperty("size", 25);
    const fields =
      "clientIds nameContains scopes status metadata lastUsedBefore neverUsed expiresBefore apiId";
    const nulls = Object.fromEntries(fields.split(" ").map((name) => [name, null]));
    expect(await filtered(nulls)).toHaveProperty("size", 25);
    expect(await filtered({ scopes: [], metadata: [] })).toHaveProperty("size", 25);
  });

  test("match every condition of the filter, also in the total count", async () => {
    const filter = { metadata: [{ key: "tier" }], scopes: ["common", "odd"], status: "ACTIVE" };
    expect(await filtered(filter)).toEqual(numbered(1));
    expect((await list({ first: 1, filter: { scopes: ["common", "even"] } })).totalCount).toBe(13);
    expect(await filtered({ ...filter, clientIds: [ids[2]] })).toEqual(new Set());
    expect(await filtered({ ...filter, nameContains: "client 01", clientIds: [ids[1]] })).toEqual(
      numbered(1),
    );
  });

  test("are found by a percent sign, underscore or backslash in their names", async () => {
    const names = ["100% sure", "snake_case", "back\\slash", "plain"];
    const made = new Map<string, string>();
    for (const name of names)
      made.set(name, (await createClient(server.operator, { name })).clientId);
    expect(await filtered({ nameContains: "%" })).toEqual(new Set([made.get("100% sure")]));
    expect(await filtered({ nameContains: "0%" })).toEqual(new Set([made.get("100% sure")]));
    expect(await filtered({ nameContains: "_" })).toEqual(new Set([made.get("snake_case")]));
    expect(await filtered({ nameContains: "\\" })).toEqual(new Set([made.get("back\\slash")]));
    expect(await filtered({ nameContains: "'" })).toEqual(new Set());
    for (const clientId of made.values()) {
      await server.operator.request(
        "mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }",
        { input: { clientId } },
      );
    }
  });

  test("follow changes of scopes, metadata and names", async () => {
    const other = await server.otherProject();
    const { clientId } = await createClient(other.operator, { name: "Before", scopes: ["old"] });
    await updateClient(other.operator, {
      clientId,
      name: "After",
      scopes: ["new"],
      trustedMetadata: { added: 1 },
    });
    const count = async (filter: object) =>
      (await other.operator.request(LIST, { filter })).clients.totalCount;
    expect(await count({ scopes: ["old"] })).toBe(0);
    expect(
      await count({ scopes: ["new"], metadata: [{ key: "added" }], nameContains: "after" }),
    ).toBe(1);
    expect(await count({ nameContains: "before" })).toBe(0);
  });

  test("accept the largest filter", async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);
    const filter = {
      ...{ clientIds: many(1000), scopes: many(10), nameContains: "%".repeat(1024) },
      metadata: many(10).map((key) => ({ key, value: "x".repeat(4096) })),
      ...{ status: "ACTIVE", neverUsed: false, apiId: "x".repeat(1024) },
      ...{ lastUsedBefore: server.clock.now(), expiresBefore: server.clock.now() },
    };
    expect(await filtered(filter)).toEqual(new Set());
  });

  test("come in pages of 1 to 200, and of 50 if the size is null", async () => {
    const { operator } = await server.otherProject();
    const ten = Array.from(
      { length: 10 },
      (_, at) => `m${at}: createClient(input: { scopes: [] })`,
    );
    for (let count = 0; count < 210; count += 10) {
      await operator.request(`mutation { ${ten.join(" { clientSecret } ")} { clientSecret } }`);
    }
    const page = async (variables: object) => (await operator.request(LIST, variables)).clients;
    expect((await page({ first: 1 })).nodes).toHaveLength(1);
    expect((await page({ first: null })).nodes).toHaveLength(50);
    const longest = await page({ first: 200 });
    expect(longest.edges).toHaveLength(200);
    expect(longest.pageInfo).toEqual({ hasNextPage: true, endCursor: longest.edges[199].cursor });
    const rest = await page({ first: 200, after: longest.pageInfo.endCursor });
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect(new Set([...idsOf(longest), ...idsOf(rest)]).size).toBe(210);
  });

  const dated = (date: unknown) =>
    Buffer.from(JSON.stringify(["createdAt", "DESC", date, "x"])).toString("base64url");

  test.each([
    ["0 nodes", { first: 0 }, ["first"]],
    ["a negative number of nodes", { first: -1 }, ["first"]],
    ["201 nodes", { first: 201 }, ["first"]],
    ["a malformed cursor", { after: "garbage" }, ["after"]],
    ["an empty cursor", { after: "" }, ["after"]],
    ["a cursor without a time", { after: dated([]) }, ["after"]],
    ["a cursor with a word for a time", { after: dated("yesterday") }, ["after"]],
    ["a cursor with a number for a time", { after: dated({ date: 1e300 }) }, ["after"]],
    [
      "a cursor with a time beyond the range of dates",
      { after: dated({ date: "+275760-09-13T00:00:00.000Z" }) },
      ["after"],
    ],
    ["a cursor with a NUL", { after: dated("\u0000") }, ["after"]],
    ["a NUL in an id", { filter: { clientIds: ["a\u0000"] } }, ["filter", "clientIds", 0]],
    ["1001 ids", { filter: { clientIds: new Array(1001).fill("x") } }, ["filter", "clientIds"]],
    ["a NUL in a name", { filter: { nameContains: "\u0000" } }, ["filter", "nameContains"]],
    ["a NUL in a scope", { filter: { scopes: ["a", "\u0000"] } }, ["filter", "scopes", 1]],
    [
      "a NUL in a metadata key",
      { filter: { metadata: [{ key: "a" }, { key: "\u0000" }] } },
      ["filter", "metadata", 1, "key"],
    ],
    [
      "a metadata value of 4097 characters",
      { filter: { metadata: [{ key: "a", value: "x".repeat(4097) }] } },
      ["filter", "metadata", 0, "value"],
    ],
    [
      "11 conditions on metadata",
      { filter: { metadata: new Array(11).fill({ key: "a" }) } },
      ["filter", "metadata"],
    ],
    ["11 scopes", { filter: { scopes: new Array(11).fill("a") } }, ["filter", "scopes"]],
    ["a NUL in an API's id", { filter: { apiId: "\u0000" } }, ["filter", "apiId"]],
    ...["lastUsedBefore", "expiresBefore"].map((name): [string, object, string[]] => [
      `a time of the last days of 9999 in ${name}`,
      { filter: { [name]: "9999-12-31T23:59:59Z" } },
      ["filter", name],
    ]),
    ["null among ids", { filter: { clientIds: ["a", null] } }, ["filter", "clientIds", 1]],
    ["null among scopes", { filter: { scopes: [null] } }, ["filter", "scopes", 0]],
    ["null among metadata", { filter: { metadata: [null] } }, ["filter", "metadata", 0]],
    [
      "null for a metadata key",
      { filter: { metadata: [{ key: null }] } },
      ["filter", "metadata", 0, "key"],
    ],
  ])("refuse %s", async (_what, variables, path) => {
    const { extensions } = await server.operator.failure(LIST, variables);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path });
  });

  test("refuse a cursor of another order", async () => {
    const { pageInfo } = await list({ first: 3, orderBy: { field: "NAME", direction: "ASC" } });
    for (const orderBy of [
      { field: "NAME", direction: "DESC" },
      { field: "CREATED_AT", direction: "ASC" },
    ]) {
      const { extensions } = await server.operator.failure(LIST, {
        after: pageInfo.endCursor,
        orderBy,
      });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["after"] });
    }
  });
});
