import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ROWS_PER_PART } from "../../src/shared/turns.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** The longest page that is not divided. */
const ROWS_AT_ONCE = 2 * ROWS_PER_PART;
const COUNT = 2 * ROWS_AT_ONCE + 10;

describe("a page that is made in parts", () => {
  let server: TestServer;
  const ids: string[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    for (let number = 0; number < COUNT; number++) {
      if (number % 3 === 0) server.clock.advance(1);
      const name = `Client ${number % 7}`;
      ids.push((await createClient(server.operator, { name, scopes: ["read:some"] })).clientId);
    }
  });

  afterAll(async () => {
    await server.stop();
  });

  const CLIENTS = `query ($first: Int, $filter: ClientFilter, $orderBy: ClientOrder) {
    clients(first: $first, filter: $filter, orderBy: $orderBy) {
      nodes { clientId createdAt name } edges { node { clientId } } pageInfo { hasNextPage } totalCount
    }
  }`;

  test.each([
    ["all", null],
    ["those with a scope and a part of a name", { scopes: ["read:some"], nameContains: "client" }],
    ["those with a scope and a status", { scopes: ["read:some"], status: "ACTIVE" }],
  ])("has %s in order, without loss or duplicate", async (_, filter) => {
    for (const field of ["CREATED_AT", "UPDATED_AT", "NAME"]) {
      const orderBy = { field, direction: "ASC" };
      const variables = { first: 1000, filter, orderBy };
      const { clients } = await server.operator.request(CLIENTS, variables);
      const seen = clients.nodes.map(({ clientId }: { clientId: string }) => clientId);
      expect(new Set(seen)).toEqual(new Set(ids));
      expect(seen).toHaveLength(COUNT);
      expect(clients.totalCount).toBe(COUNT);
      expect(clients.pageInfo.hasNextPage).toBe(false);
      const key = field === "NAME" ? "name" : "createdAt";
      const keys = clients.nodes.map((node: Record<string, string>) => node[key]);
      expect(keys).toEqual([...keys].sort());
      expect(clients.edges.map(({ node }: { node: object }) => node)).toEqual(
        seen.map((clientId: string) => ({ clientId })),
      );
    }
  });

  test.each([
    ROWS_AT_ONCE - 1,
    ROWS_AT_ONCE,
    ROWS_AT_ONCE + 1,
    2 * ROWS_AT_ONCE,
    2 * ROWS_AT_ONCE + 1,
    COUNT - 1,
    COUNT,
  ])("ends where it should with first: %d", async (first) => {
    const { clients } = await server.operator.request(CLIENTS, { first });
    expect(clients.nodes).toHaveLength(first);
    expect(clients.pageInfo.hasNextPage).toBe(first < COUNT);
  });

  test("ends with the cursor that the next page begins after", async () => {
    const page = `query ($after: String) { clients(first: ${ROWS_AT_ONCE + 4}, after: $after) {
      nodes { clientId } edges { cursor } pageInfo { endCursor hasNextPage } } }`;
    const seen: string[] = [];
    for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
      const { clients } = await server.operator.request(page, { after });
      seen.push(...clients.nodes.map(({ clientId }: { clientId: string }) => clientId));
      after = clients.pageInfo.endCursor;
      expect(clients.edges.at(-1).cursor).toBe(after);
      hasNextPage = clients.pageInfo.hasNextPage;
    }
    expect(seen).toHaveLength(COUNT);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  test("has lists of its own, and variables and fragments in its selection", async () => {
    const query = `query ($first: Int!, $of: Int!, $named: Boolean!) {
      clients(first: $first, orderBy: { field: NAME, direction: ASC }) {
        page: nodes { ...Of name @include(if: $named) grants(first: $of) { nodes { scopes } } }
      }
    }
    fragment Of on Client { clientId __typename }`;
    const ask = (first: number) => server.operator.request(query, { first, of: 2, named: true });
    const [{ clients: long }, { clients: plain }] = await Promise.all([
      ask(COUNT),
      ask(ROWS_AT_ONCE),
    ]);
    expect(long.page).toHaveLength(COUNT);
    expect(long.page.slice(0, ROWS_AT_ONCE)).toEqual(plain.page);
    expect(plain.page[0]).toEqual({
      clientId: expect.any(String),
      __typename: "Client",
      name: "Client 0",
      grants: { nodes: [] },
    });
  });

  test("tells what is wrong with a list in it", async () => {
    const query = `query ($after: String) {
      clients(first: 100) { nodes { grants(after: $after) { nodes { scopes } } } }
    }`;
    const { data, errors } = await server.operator.send(query, { after: "no cursor" });
    expect(data).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        path: ["clients", "nodes", 0, "grants"],
        extensions: expect.objectContaining({ code: "BAD_USER_INPUT", path: ["after"] }),
      }),
    ]);
  });

  test("is complete in other lists, too", async () => {
    const { auditEvents } = await server.operator.request(
      `{ auditEvents(first: 1000, filter: { action: "client.create" }) {
        nodes { targetId occurredAt } pageInfo { hasNextPage } } }`,
    );
    const targets = auditEvents.nodes.map(({ targetId }: { targetId: string }) => targetId);
    expect(targets).toHaveLength(COUNT);
    expect(new Set(targets)).toEqual(new Set(ids));
    expect(auditEvents.pageInfo.hasNextPage).toBe(false);
  });
});
