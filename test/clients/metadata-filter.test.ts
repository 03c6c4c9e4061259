import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { allPages } from "../support/all-pages.js";
import { createClient, updateClient } from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

type Metadata = Record<string, unknown>;
interface Found {
  clientId: string;
  trustedMetadata: Metadata;
}

const LIST = `query ($first: Int, $after: String, $filter: ClientFilter) {
  clients(first: $first, after: $after, filter: $filter) {
    nodes { clientId trustedMetadata } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

const KEYS = ["a", "b", "", 'qu"ote', "ключ", "a:b", "constructor", "toString"];
const TEXTS = [
  "",
  "1",
  "true",
  "null",
  "1e3",
  "1000",
  "1.0",
  "-0",
  "0",
  "{}",
  '"1"',
  "\u0001",
  "a\tb",
];
const NUMBERS = [1, 1.0, 1e3, 1e21, 0, 0.1, 5e-324, Number.MAX_SAFE_INTEGER];

/** Greater integers are refused, since they would lose digits. */
const isKept = (number: number) =>
  Number.isSafeInteger(number) || !/^-?\d+$/.test(JSON.stringify(number));

/** Every kind of JSON value; null is left out, because it deletes its key. */
const value = fc.oneof(
  fc.constantFrom<unknown>(...TEXTS, ...NUMBERS, true, false),
  fc.string({ unit: "binary", maxLength: 5 }).filter((text) => !text.includes("\0")),
  fc.constantFrom("\ufffd", "é", "e\u0301", "\u{1f600}"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isKept),
  fc.maxSafeInteger(),
  fc.constantFrom<unknown>({}, [], ["1"], [1], { a: "1" }, { true: true }, [null]),
);
const metadata = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 5 });

describe("clients found by metadata", () => {
  let server: TestServer;
  let all: Found[];

  const list = (filter: object) =>
    allPages<Found>(
      async (after) => (await server.operator.request(LIST, { first: 200, after, filter })).clients,
    );

  beforeAll(async () => {
    server = await startTestServer();
    // Some values are replaced, and some keys deleted: only the latest values may be found.
    for (const [before, after] of fc.sample(fc.tuple(metadata, metadata), 60)) {
      const { clientId } = await createClient(server.operator, { trustedMetadata: before });
      const changes = Object.fromEntries(
        Object.keys(before).map((key) => [key, after[key] ?? null]),
      );
      if (clientId < "client_V") {
        await updateClient(server.operator, { clientId, trustedMetadata: changes });
      }
    }
    all = await list({});
    expect(all).toHaveLength(60);
  });

  afterAll(async () => {
    await server.stop();
  });

  const meets = (of: Metadata, condition: { key: string; value?: string | null }) => {
    if (!Object.hasOwn(of, condition.key)) return false;
    const actual = of[condition.key];
    if (typeof condition.value !== "string") return true;
    if (typeof actual === "string") return actual === condition.value;
    if (typeof actual === "object") return false;
    return JSON.stringify(actual) === condition.value;
  };

  test("are exactly those whose metadata meets every condition", async () => {
    const texts = all.flatMap(({ trustedMetadata }) =>
      Object.values(trustedMetadata).map((one) =>
        typeof one === "string" ? one : JSON.stringify(one),
      ),
    );
    const condition = fc.record(
      {
        key: fc.constantFrom(...KEYS, "nobody"),
        value: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...texts, ...TEXTS) },
          fc.constantFrom(...texts, ...TEXTS).map((text) => JSON.stringify(text)),
          fc.string({ unit: "binary", maxLength: 5 }),
          fc.constant(null),
        ),
      },
      { requiredKeys: ["key"] },
    );
    const conditions = fc.oneof(
      fc.array(condition, { maxLength: 2 }),
      // Of one client, so that something is found.
      fc.constantFrom(...all).chain(({ trustedMetadata }) =>
        fc.subarray(
          Object.entries(trustedMetadata).map(([key, one]) => ({
            key,
            value: typeof one === "string" ? one : JSON.stringify(one),
          })),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(conditions, async (wanted) => {
        const expected = all.filter(({ trustedMetadata }) =>
          wanted.every((one) => meets(trustedMetadata, one)),
        );
        expect(await list({ metadata: wanted })).toEqual(expected);
      }),
      { numRuns: runs(3000) },
    );
  }, 120_000);

  test("are compared with the JSON text that the API shows for a number", async () => {
    const { createClient: created } = await server.operator.request(`mutation {
      createClient(input: { scopes: [], trustedMetadata: {
        thousand: 1e3, one: 1.0, zero: 0.0, big: 1e21
      } }) { client { clientId trustedMetadata } }
    }`);
    const found = async (key: string, text: string) =>
      (await list({ metadata: [{ key, value: text }] })).map(({ clientId }) => clientId);
    for (const [key, text] of [
      ["thousand", "1000"],
      ["one", "1"],
      ["zero", "0"],
      ["big", "1e+21"],
    ] as const) {
      expect(JSON.stringify(created.client.trustedMetadata[key])).toBe(text);
      expect(await found(key, text)).toEqual([created.client.clientId]);
    }
    for (const [key, text] of [
      ["thousand", "1e3"],
      ["one", "1.0"],
      ["zero", "0.0"],
      ["big", "1000000000000000000000"],
    ] as const) {
      expect(await found(key, text)).toEqual([]);
    }
  });

  test("may have a key of 128 characters and a value of 3,900", async () => {
    const [key, text] = ["k".repeat(128), "v".repeat(3900)];
    const { clientId } = await createClient(server.operator, { trustedMetadata: { [key]: text } });
    const find = async (one: string) => (await list({ metadata: [{ key, value: one }] })).length;
    expect(await find(text)).toBe(1);
    expect(await find(`${text.slice(1)}w`)).toBe(0);
    const longer = { clientId, trustedMetadata: { [key]: `${text}w` } };
    await updateClient(server.operator, longer);
    expect(await find(text)).toBe(0);
  });
});
