import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PORTION } from "../../src/shared/turns.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const COUNT = 2 * PORTION + 10;

describe("a page that is made in portions", () => {
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

  test.each([PORTION - 1, PORTION, PORTION + 1, 2 * PORTION, 2 * PORTION + 1, COUNT - 1, COUNT])(
    "ends where it should with first: %d",
    async (first) => {
      const { clients } = await server.operator.request(CLIENTS, { first });
      expect(clients.nodes).toHaveLength(first);
      expect(clients.pageInfo.hasNextPage).toBe(first < COUNT);
    },
  );

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
