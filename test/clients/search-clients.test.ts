import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SearchBounds } from "../../src/clients/client-list.js";
import { createClient, DELETE_CLIENT, updateClient } from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

interface Found {
  clientId: string;
  name: string | null;
  status: string;
  scopes: string[];
  trustedMetadata: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
}

const ALL = `query {
  clients(first: 200) {
    nodes { clientId name status scopes trustedMetadata createdAt updatedAt }
  }
}`;
const SEARCH = `query ($first: Int, $after: String, $filter: ClientFilter, $orderBy: ClientOrder) {
  clients(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { clientId } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

const WORDS = ["worker", "Working", "ägypten", "o", "wo", "", "rkerwo", 'qu"ote', "a%b_c\\d"];
const SCOPES = ["read", "write", "rare", "nobody"];
const KEYS = ["team", "owner"];
const ORDERED_BY = { CREATED_AT: "createdAt", UPDATED_AT: "updatedAt", NAME: "name" } as const;
const ALWAYS = Number.MAX_SAFE_INTEGER;

describe("a search of clients", () => {
  let server: TestServer;
  let everybody: Found[];

  const page = async (variables: object) =>
    (await server.operator.request(SEARCH, variables)).clients;

  beforeAll(async () => {
    server = await startTestServer();
    const others = await server.otherProject();
    const ids: string[] = [];
    for (let number = 0; number < 40; number++) {
      // several share a moment or a name, so that ties are broken by the id
      if (number % 3 === 0) server.clock.advance(1);
      const { clientId } = await createClient(server.operator, {
        name: WORDS[number % WORDS.length] || null,
        scopes: ["read", ...(number % 2 ? ["write"] : []), ...(number % 13 ? [] : ["rare"])],
        trustedMetadata: number < 9 ? { team: 1, owner: null } : { team: { name: "x" } },
      });
      ids.push(clientId);
      await createClient(others.operator, { name: "worker", scopes: SCOPES });
    }
    // what has changed is found as it is now
    for (const [index, clientId] of ids.entries()) {
      if (index % 4 === 0) server.clock.advance(1);
      if (index % 5 === 0) await updateClient(server.operator, { clientId, status: "INACTIVE" });
      if (index % 10 === 0) await updateClient(server.operator, { clientId, status: "ACTIVE" });
      if (index % 6 === 0)
        await updateClient(server.operator, { clientId, name: "Renamed worker" });
      if (index % 7 === 0) await updateClient(server.operator, { clientId, scopes: ["write"] });
      if (index % 8 === 0) {
        await updateClient(server.operator, {
          clientId,
          trustedMetadata: { team: null, owner: 2 },
        });
      }
      if (index % 9 === 0) await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    }
    everybody = (await server.operator.request(ALL)).clients.nodes;
    expect(everybody).toHaveLength(35);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** What a filter lets through, by the words of the schema. */
  const expected = (
    filter: {
      clientIds?: string[] | null;
      nameContains?: string | null;
      scopes?: string[] | null;
      status?: string | null;
      metadataKey?: string | null;
    },
    { field, direction }: { field: keyof typeof ORDERED_BY; direction: "ASC" | "DESC" },
  ) => {
    const keyOf = (client: Found) => (client[ORDERED_BY[field]] ?? "").toLowerCase();
    const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const found = everybody
      .filter(
        ({ clientId, name, status, scopes, trustedMetadata }) =>
          (filter.clientIds?.includes(clientId) ?? true) &&
          (name ?? "").toLowerCase().includes((filter.nameContains ?? "").toLowerCase()) &&
          (filter.scopes ?? []).every((scope) => scopes.includes(scope)) &&
          (!filter.status || status === filter.status) &&
          (!filter.metadataKey || filter.metadataKey in trustedMetadata),
      )
      .sort((a, b) => compare(keyOf(a), keyOf(b)) || compare(a.clientId, b.clientId))
      .map(({ clientId }) => clientId);
    return direction === "ASC" ? found : found.reverse();
  };

  const partOfName = fc
    .tuple(
      fc.constantFrom("worker", "renamed worker", ...WORDS),
      fc.nat(8),
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([word, start, length]) => word.slice(start, start + length).toUpperCase());
  const perhaps = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.option(arbitrary, { nil: undefined, freq: 2 });

  test.each<[string, SearchBounds | undefined]>([
    ["within the bounds of the database", undefined],
    [
      "by look-ups",
      {
        lookups: ALWAYS,
        namesPerTerm: 1,
        countedPerTerm: ALWAYS,
        rowsPerStep: ALWAYS,
      },
    ],
    ["in small steps", { lookups: 0, namesPerTerm: 1, countedPerTerm: 2, rowsPerStep: 3 }],
    ["either way", { lookups: 8, namesPerTerm: 2, countedPerTerm: 5, rowsPerStep: 1 }],
  ])(
    "finds exactly those that fit, in any order, page after page, %s",
    async (_way, searchBounds) => {
      await server.restart(searchBounds && { searchBounds });
      const filters = fc.record({
        clientIds: fc.option(fc.subarray(everybody.map(({ clientId }) => clientId)), {
          nil: undefined,
          freq: 1,
        }),
        nameContains: perhaps(
          fc.oneof(partOfName, fc.constantFrom("zzz", "z", "%", "_", "\\", '"')),
        ),
        scopes: perhaps(fc.subarray(SCOPES)),
        status: perhaps(fc.constantFrom("ACTIVE", "INACTIVE")),
        metadataKey: perhaps(fc.constantFrom(...KEYS, "nobody")),
      });
      const orders = fc.record({
        field: fc.constantFrom("CREATED_AT", "UPDATED_AT", "NAME"),
        direction: fc.constantFrom("ASC", "DESC"),
      });
      await fc.assert(
        fc.asyncProperty(
          filters,
          orders,
          fc.integer({ min: 1, max: 20 }),
          async (filter, orderBy, first) => {
            const all = expected(filter, orderBy);
            const seen: string[] = [];
            let after: string | null = null;
            do {
              const { nodes, pageInfo, totalCount } = await page({ first, after, filter, orderBy });
              expect(totalCount).toBe(all.length);
              seen.push(...nodes.map(({ clientId }: Pick<Found, "clientId">) => clientId));
              expect(pageInfo.hasNextPage).toBe(seen.length < all.length);
              after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
            } while (after);
            expect(seen).toEqual(all);
          },
        ),
        { numRuns: runs(120) },
      );
    },
  );
});
