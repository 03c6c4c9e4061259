import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  createClient,
  DELETE_CLIENT,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

interface ClientFields {
  clientId: string;
  name: string | null;
  status: string;
  scopes: string[];
  trustedMetadata: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  secrets: { status: string; createdAt: string }[];
}

const ALL = `query {
  clients(first: 200) {
    nodes { clientId name status scopes trustedMetadata createdAt updatedAt lastUsedAt expiresAt
      secrets { status createdAt } }
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

describe("searching clients", () => {
  let server: TestServer;
  let allClients: ClientFields[];

  const later = (seconds: number) =>
    new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
  const page = async (variables: object) =>
    (await server.operator.request(SEARCH, variables)).clients;

  beforeAll(async () => {
    // Some conditions have more clients than are sorted, and some have fewer.
    server = await startTestServer({ maxSortedClients: 6 });
    const others = await server.otherProject();
    const ids: string[] = [];
    for (let number = 0; number < 40; number++) {
      // Several clients share a time or a name, so that their ids decide the order.
      if (number % 3 === 0) server.clock.advance(1);
      const client = await createClient(server.operator, {
        name: WORDS[number % WORDS.length] || null,
        scopes: ["read", ...(number % 2 ? ["write"] : []), ...(number % 13 ? [] : ["rare"])],
        trustedMetadata: number < 9 ? { team: 1, owner: null } : { team: { name: "x" } },
        expiresAt: number % 3 ? later(number * 60) : null,
        secretExpiresAt: number % 11 ? null : later(60),
      });
      const { clientId } = client;
      if (number % 4 === 1) await issueToken(server.anonymous, client);
      if (number % 7 === 1) await server.operator.request(START_ROTATION, { input: { clientId } });
      if (number % 7 === 2) await server.operator.request(ROTATE_SECRET, { input: { clientId } });
      ids.push(clientId);
      await createClient(others.operator, { name: "worker", scopes: SCOPES });
    }
    await server.services.authenticator.lastUsed.flush();
    server.clock.advance(60);
    // The search must reflect these changes.
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
    allClients = (await server.operator.request(ALL)).clients.nodes;
    expect(allClients).toHaveLength(35);
  });

  afterAll(async () => {
    await server.stop();
  });

  const isBefore = (time: string | null, limit: string | null | undefined) =>
    !limit || (time !== null && Date.parse(time) < Date.parse(limit));

  /** Clients that the filter matches according to the schema's descriptions. */
  const expected = (
    filter: {
      clientIds?: string[] | null;
      nameContains?: string | null;
      scopes?: string[] | null;
      status?: string | null;
      metadata?: { key: string; value?: string | null }[] | null;
      lastUsedBefore?: string | null;
      neverUsed?: boolean | null;
      expiresBefore?: string | null;
      secretCreatedBefore?: string | null;
      secretStatus?: string | null;
    },
    { field, direction }: { field: keyof typeof ORDERED_BY; direction: "ASC" | "DESC" },
  ) => {
    const keyOf = (client: ClientFields) => (client[ORDERED_BY[field]] ?? "").toLowerCase();
    const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const matching = allClients
      .filter(
        ({ clientId, name, status, scopes, trustedMetadata, lastUsedAt, expiresAt, secrets }) =>
          (typeof filter.neverUsed !== "boolean" || filter.neverUsed === (lastUsedAt === null)) &&
          isBefore(lastUsedAt, filter.lastUsedBefore) &&
          isBefore(expiresAt, filter.expiresBefore) &&
          (!filter.secretCreatedBefore ||
            secrets.some(
              (secret) =>
                secret.status !== "NEXT" && isBefore(secret.createdAt, filter.secretCreatedBefore),
            )) &&
          (!filter.secretStatus ||
            (filter.secretStatus === "NONE"
              ? secrets.length === 0
              : secrets.some((secret) => secret.status === filter.secretStatus))) &&
          (filter.clientIds?.includes(clientId) ?? true) &&
          (name ?? "").toLowerCase().includes((filter.nameContains ?? "").toLowerCase()) &&
          (filter.scopes ?? []).every((scope) => scopes.includes(scope)) &&
          (!filter.status || status === filter.status) &&
          (filter.metadata ?? []).every(
            ({ key, value }) =>
              key in trustedMetadata &&
              (typeof value !== "string" || String(trustedMetadata[key]) === value),
          ),
      )
      .sort((a, b) => compare(keyOf(a), keyOf(b)) || compare(a.clientId, b.clientId))
      .map(({ clientId }) => clientId);
    return direction === "ASC" ? matching : matching.reverse();
  };

  const partOfName = fc
    .tuple(
      fc.constantFrom("worker", "renamed worker", ...WORDS),
      fc.nat(8),
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([word, start, length]) => word.slice(start, start + length).toUpperCase());
  const optional = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.option(arbitrary, { nil: undefined, freq: 1 });

  test("finds exactly the matching clients, in any order and page size", async () => {
    const conditions = {
      clientIds: fc.option(fc.subarray(allClients.map(({ clientId }) => clientId)), {
        nil: undefined,
        freq: 1,
      }),
      nameContains: optional(
        fc.oneof(partOfName, fc.constantFrom("zzz", "z", "%", "_", "\\", '"')),
      ),
      scopes: optional(fc.subarray(SCOPES)),
      status: optional(fc.constantFrom("ACTIVE", "INACTIVE")),
      metadata: optional(
        fc.array(
          fc.record({
            key: fc.constantFrom(...KEYS, "nobody"),
            value: optional(fc.constantFrom(null, "1", "2", "3")),
          }),
          { maxLength: 2 },
        ),
      ),
    };
    const times = optional(fc.constantFrom(...[-70, -65, -60, 0, 900].map(later)));
    const filters = fc.record({
      ...conditions,
      lastUsedBefore: times,
      expiresBefore: times,
      secretCreatedBefore: times,
      neverUsed: optional(fc.boolean()),
      secretStatus: optional(fc.constantFrom("CURRENT", "NEXT", "PREVIOUS", "NONE")),
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
            seen.push(...nodes.map(({ clientId }: Pick<ClientFields, "clientId">) => clientId));
            expect(pageInfo.hasNextPage).toBe(seen.length < all.length);
            after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
          } while (after);
          expect(seen).toEqual(all);
        },
      ),
      { numRuns: 120 },
    );
  }, 120_000);
});

test("a client is found by its current values only", async () => {
  const server = await startTestServer();
  const search = async (filter: object, field = "CREATED_AT") => {
    const variables = { filter, orderBy: { field, direction: "ASC" } };
    const { nodes } = (await server.operator.request(SEARCH, variables)).clients;
    return nodes.map(({ clientId }: Pick<ClientFields, "clientId">) => clientId);
  };
  try {
    const { clientId } = await createClient(server.operator, {
      ...{ name: "Alpha", scopes: ["old", "kept"], trustedMetadata: { old: 1, kept: 1 } },
    });
    const input = { name: "Middle", scopes: ["kept"], trustedMetadata: { kept: 1 } };
    const { clientId: other } = await createClient(server.operator, input);
    server.clock.advance(60);
    await updateClient(server.operator, { clientId, name: "Zeta" });
    await updateClient(server.operator, { clientId, scopes: ["new", "kept"] });
    await updateClient(server.operator, { clientId, trustedMetadata: { old: null, new: 1 } });
    // Names and times are stored with the client and with each of its search terms.
    for (const by of [
      {},
      { status: "ACTIVE" },
      { scopes: ["kept"] },
      { metadata: [{ key: "kept" }] },
    ]) {
      expect(await search({ ...by, nameContains: "alpha" })).toEqual([]);
      expect(await search({ ...by, nameContains: "zeta" })).toEqual([clientId]);
      expect(await search(by, "NAME")).toEqual([other, clientId]);
      expect(await search(by, "UPDATED_AT")).toEqual([other, clientId]);
    }
    expect(await search({ scopes: ["old"] })).toEqual([]);
    expect(await search({ scopes: ["new"] })).toEqual([clientId]);
    expect(await search({ metadata: [{ key: "old" }] })).toEqual([]);
    expect(await search({ metadata: [{ key: "new" }] })).toEqual([clientId]);
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    expect(await search({ status: "ACTIVE" })).toEqual([other]);
    expect(await search({ status: "INACTIVE" })).toEqual([clientId]);
  } finally {
    await server.stop();
  }
});
