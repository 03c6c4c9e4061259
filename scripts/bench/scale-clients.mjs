// Clients as a large installation may have them, a function of their number; and how they get into
// a database in bulk, with all that the server itself writes for each of them.
import { createHash } from "node:crypto";
import pg from "pg";

const ROWS_PER_STEP = 5000;
const FIRST_CREATED = Date.parse("2020-01-01T00:00:00Z");
const LONG_AGO = new Date("2019-01-01T00:00:00Z");
const LATELY = new Date("2019-12-31T00:00:00Z");
const IN_A_LONG_TIME = new Date("2090-01-01T00:00:00Z");
const TEAMS = "Billing Invoice Payroll Search Mail Export Import Ledger Audit Fraud".split(" ");
const KINDS = "worker service agent job".split(" ");
const KEYS = "team region owner_email cost_center plan".split(" ");
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function clientId(number) {
  const bytes = createHash("sha256").update(`client ${number}`).digest().subarray(0, 22);
  return `client_${Array.from(bytes, (byte) => BASE62[byte % 62]).join("")}`;
}

/** Oldest first: `archived` is what the oldest hundredth have in name, metadata and status. */
function describe(number, size) {
  const archived = number < size / 100;
  const mixed = createHash("sha256").update(`traits ${number}`).digest();
  const scopes = new Set(Array.from({ length: 3 + (mixed[0] % 3) }, (_, i) => mixed[i + 1] % 50));
  return {
    name:
      `${archived ? "Archived " : ""}${TEAMS[mixed[8] % TEAMS.length]} ` +
      `${KINDS[mixed[9] % KINDS.length]} ${mixed[10] === 0 ? "canary " : ""}${number}`,
    status: archived ? "INACTIVE" : "ACTIVE",
    scopes: [
      ...Array.from(scopes, (scope) => `resource${scope}:read`),
      // a fifth each, and hardly ever both
      ...(number % 5 === 0 ? ["left"] : []),
      ...(number % 5 === 1 || number % (size / 10) === 0 ? ["right"] : []),
      ...(number % (size / 10) === 7 ? ["rare"] : []),
    ],
    metadata: {
      ...Object.fromEntries(
        [KEYS[mixed[11] % 5], KEYS[mixed[12] % 5], ...(archived ? ["archived"] : [])].map((key) => [
          key,
          "some value",
        ]),
      ),
      user_id: number,
    },
    // 3 % were never used, and the oldest 30 % not for long
    lastUsedAt: number % 33 === 0 ? null : number < size * 0.3 ? LONG_AGO : LATELY,
    expiresAt: number % 1000 === 3 ? IN_A_LONG_TIME : null,
    apis: [...(number % 2 ? ["half"] : []), ...(number % (size / 10) === 9 ? ["ten"] : [])],
    createdAt: new Date(FIRST_CREATED + number * 1000),
    updatedAt: new Date(FIRST_CREATED + (size + nameRank(number, size)) * 1000),
  };
}

/** What lists are searched for, rare and common, with and against the order. */
export const SEARCHES = (size, apiIds) => [
  ["status ACTIVE", { status: "ACTIVE" }],
  ["status INACTIVE, the oldest 1 %", { status: "INACTIVE" }],
  ["a scope of 8 %", { scopes: ["resource7:read"] }],
  ["a scope of 10 clients", { scopes: ["rare"] }],
  ["a scope of nobody", { scopes: ["nobody"] }],
  ["two scopes of 8 % each", { scopes: ["resource7:read", "resource8:read"] }],
  ["a scope of 8 % and INACTIVE", { scopes: ["resource7:read"], status: "INACTIVE" }],
  ["two scopes of 20 % each, together 10 clients", { scopes: ["left", "right"] }],
  ["a metadata key of 36 %", { metadata: [{ key: "team" }] }],
  ["a metadata key of the oldest 1 %", { metadata: [{ key: "archived" }] }],
  ["a metadata value of one client", { metadata: [{ key: "user_id", value: "42" }] }],
  ["never used, 3 %", { neverUsed: true }],
  ["last used before, the oldest 30 %", { lastUsedBefore: "2019-06-01T00:00:00Z" }],
  [
    "last used before, the oldest 30 %, and ACTIVE",
    { lastUsedBefore: "2019-06-01T00:00:00Z", status: "ACTIVE" },
  ],
  ["last used before, nobody", { lastUsedBefore: "2018-01-01T00:00:00Z" }],
  ["expires before, 0.1 %", { expiresBefore: "2091-01-01T00:00:00Z" }],
  ["a secret from the oldest 30 %", { secretCreatedBefore: new Date(FIRST_CREATED + size * 300) }],
  ["no secret, the oldest 1 %", { secretStatus: "NONE" }],
  ["a staged rotation, nobody", { secretStatus: "NEXT" }],
  ["an API of half of the clients", { apiId: apiIds.half }],
  ["an API of 10 clients, and ACTIVE", { apiId: apiIds.ten, status: "ACTIVE" }],
  ["a part of all names", { nameContains: "e" }],
  ["a part of 25 % of the names", { nameContains: "worker" }],
  ["a part of 0.4 % of the names", { nameContains: "canary" }],
  ["a part of the oldest 1 % of the names", { nameContains: "archived" }],
  ["a part of one name", { nameContains: ` ${size - 123}` }],
  ["a part of no name", { nameContains: "nobody" }],
  ["two characters of no name", { nameContains: "zq" }],
  ["a scope and a part of a name", { scopes: ["resource7:read"], nameContains: "canary" }],
];

/** The cursor of a row from the end of the list, newest or last first. */
export function cursorAt(field, row, size) {
  const numbers = Array.from({ length: size }, (_, number) => number);
  const keyOf = {
    CREATED_AT: (number) => number,
    UPDATED_AT: (number) => nameRank(number, size),
    NAME: (number) => describe(number, size).name.toLowerCase(),
  }[field];
  const keys = numbers.map(keyOf);
  numbers.sort((a, b) => (keys[a] < keys[b] ? 1 : -1));
  const { name, createdAt, updatedAt } = describe(numbers[row - 1], size);
  const [by, value] = {
    CREATED_AT: ["createdAt", { date: createdAt.toISOString() }],
    UPDATED_AT: ["updatedAt", { date: updatedAt.toISOString() }],
    NAME: ["normalizedName", name.toLowerCase()],
  }[field];
  const cursor = [by, "DESC", value, clientId(numbers[row - 1])];
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

const nameRank = (number, size) => (number * 7919) % size;

function clientRows(number, size, { projectId, secretHash, apiIds }, dateOf) {
  const { name, status, scopes, metadata, createdAt, updatedAt, ...rest } = describe(number, size);
  const shared = {
    project_id: projectId,
    client_id: clientId(number),
    normalized_name: name.toLowerCase(),
    created_at: dateOf(createdAt),
    updated_at: dateOf(updatedAt),
  };
  const client = {
    ...shared,
    ...{ name, description: null, status, scopes: JSON.stringify(scopes) },
    trusted_metadata: JSON.stringify(metadata),
    grant_types: '["CLIENT_CREDENTIALS"]',
    version: 1,
    last_used_at: rest.lastUsedAt && dateOf(rest.lastUsedAt),
    expires_at: rest.expiresAt && dateOf(rest.expiresAt),
  };
  const terms = [
    `status:${status}`,
    ...scopes.map((scope) => `scope:${scope}`),
    ...Object.keys(metadata).map((key) => `metadata:${key}`),
    ...Object.entries(metadata).map(([key, value]) => valueTerm(key, String(value))),
  ];
  const { normalized_name: _, ...ids } = shared;
  const grants = rest.apis.map((api) => ({
    ...{
      ...ids,
      grant_id: `grant_${number}_${api}`,
      api_id: apiIds[api],
      scopes: "[]",
      version: 1,
    },
  }));
  const secret = {
    ...{ project_id: projectId, client_id: client.client_id, created_at: shared.created_at },
    ...{ secret_id: `secret_${number}`, status: "CURRENT", hash: secretHash, last_four: "last" },
  };
  return {
    client,
    terms: terms.map((term) => ({ ...shared, term })),
    grants,
    // the oldest hundredth have none
    secrets: status === "ACTIVE" ? [secret] : [],
  };
}

function valueTerm(key, value) {
  const digest = createHash("sha256")
    .update(JSON.stringify([key, value]))
    .digest("base64url");
  return `metadata-value:${digest}`;
}

/** Writes so many clients; the server must not be running on an SQLite file. */
export async function fill(location, size, owner) {
  const target = location.url ? await postgres(location.url) : await sqlite(location.file);
  const startedAt = performance.now();
  for (let from = 0; from < size; from += ROWS_PER_STEP) {
    const rows = Array.from({ length: Math.min(ROWS_PER_STEP, size - from) }, (_, index) =>
      clientRows(from + index, size, owner, target.dateOf),
    );
    await target.insert(rows);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (process.stderr.isTTY || (from / ROWS_PER_STEP) % 20 === 19)
      process.stderr.write(`  ${from + rows.length} of ${size} clients, ${seconds} s\n`);
  }
  await target.finish();
}

async function sqlite(file) {
  // not above: it is compiled first
  const { default: Sqlite } = await import("better-sqlite3");
  const db = new Sqlite(file);
  db.pragma("cache_size = -2000000");
  db.pragma("synchronous = OFF");
  const into = (table, columns) =>
    db.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((c) => `@${c}`).join(", ")})`,
    );
  let client;
  let term;
  let grant;
  let secret;
  return {
    dateOf: (date) => date.toISOString().replace("T", " ").replace("Z", ""),
    insert: db.transaction((rows) => {
      for (const { client: row, terms, grants, secrets } of rows) {
        const values = { ...row, dpop_bound_access_tokens: 0 };
        client ??= into("clients", Object.keys(values));
        client.run(values);
        for (const one of terms) {
          term ??= into("client_search_terms", Object.keys(one));
          term.run(one);
        }
        for (const one of grants) {
          const grantValues = { ...one, all_scopes: 0 };
          grant ??= into("client_grants", Object.keys(grantValues));
          grant.run(grantValues);
        }
        for (const one of secrets) {
          secret ??= into("client_secrets", Object.keys(one));
          secret.run(one);
        }
      }
    }),
    finish: () => {
      db.pragma("wal_checkpoint(TRUNCATE)");
      db.close();
    },
  };
}

async function postgres(url) {
  const db = new pg.Client(url);
  await db.connect();
  const insert = (table, rows) =>
    db.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  return {
    dateOf: (date) => date.toISOString(),
    insert: async (rows) => {
      const clients = rows.map(({ client }) => ({ ...client, dpop_bound_access_tokens: false }));
      await insert("clients", clients);
      await insert(
        "client_search_terms",
        rows.flatMap(({ terms }) => terms),
      );
      await insert(
        "client_secrets",
        rows.flatMap(({ secrets }) => secrets),
      );
      await insert(
        "client_grants",
        rows.flatMap(({ grants }) => grants.map((grant) => ({ ...grant, all_scopes: false }))),
      );
    },
    finish: async () => {
      // as autovacuum would within minutes
      for (const table of ["clients", "client_search_terms", "client_secrets", "client_grants"])
        await db.query(`VACUUM (ANALYZE) ${table}`);
      await db.end();
    },
  };
}
