// What lists, searches and tokens take with 1,000, 100,000 and 1,000,000 clients, over HTTP, from a
// server in a process of its own; on SQLite, or on databases beside the one of DATABASE_URL:
//   npm run bench:scale                 npm run bench:scale -- 1000 100000
//   npm run with-postgres -- npm run bench:scale
// A million clients take about 5 GB in the temporary folder, and several minutes to write.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { build } from "../build.mjs";
import { issueTokenRequest, oauthTokenRequest, PROJECT_ID, startServer } from "./countersign.mjs";
import { count, measure, medianBy, table } from "./measure.mjs";
import { ALL_CORES, SERVER_CORE } from "./processes.mjs";
import { clientId, cursorAt, fill, SEARCHES } from "./scale-clients.mjs";

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1_000, 100_000, 1_000_000);
const REQUESTS = 200;
const WARM_UP = 20;
/** Clients that ask for tokens, each again and again. */
const TOKEN_CLIENTS = 1000;

await build({ ifNeeded: true });
const load = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { generateSecret, hashSecret } = await load("shared/secrets.js");
const clientSecret = generateSecret("csk");

const LIST = `query ($first: Int, $after: String, $filter: ClientFilter, $orderBy: ClientOrder) {
  clients(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { clientId name } pageInfo { hasNextPage endCursor }
  }
}`;
const ALL_FIELDS = `query ($first: Int) {
  clients(first: $first) {
    nodes {
      clientId name description status scopes trustedMetadata accessTokenLifetimeSeconds
      tokenEndpointAuthMethod keys { jwksUrl publicKeys { publicKeyId } } dpopBoundAccessTokens tokensNotBefore
      secrets { status lastFour expiresAt lastUsedAt } createdAt updatedAt lastUsedAt expiresAt version
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const COUNT = "query ($filter: ClientFilter) { clients(first: 1, filter: $filter) { totalCount } }";
const CLIENT = "query ($clientId: ID!) { client(clientId: $clientId) { name scopes } }";
const CREATE =
  "mutation ($input: CreateClientInput!) { createClient(input: $input) { client { clientId } } }";
const CREATE_API =
  "mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }";
const UPDATE =
  "mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { clientId } } }";

const rows = new Map();
for (const size of sizes) {
  process.stderr.write(`${size} clients\n`);
  const database = await freshDatabase(size);
  try {
    // makes the tables and the project
    const server = await startServer(database);
    const apiIds = { half: await createApi(server, "half"), ten: await createApi(server, "ten") };
    await server.stop();
    await fill(database.location, size, {
      projectId: PROJECT_ID,
      secretHash: hashSecret(clientSecret),
      apiIds,
    });
    for (const [name, cell] of [
      ...(await lists(database, size, apiIds)),
      ...(await tokens(database, size)),
    ]) {
      rows.set(name, [...(rows.get(name) ?? []), cell]);
    }
  } finally {
    await database.drop();
  }
}
const engine = process.env.DATABASE_URL ? "PostgreSQL" : "SQLite";
console.log(
  `\n${engine}, Node.js ${process.versions.node}; p50 / p99 in ms of ${REQUESTS} requests\n`,
);
const head = ["", ...sizes.map((size) => `${count(size)} clients`)];
console.log(
  table(
    head,
    [...rows].map(([name, cells]) => [name, ...cells]),
  ),
);

async function lists(database, size, apiIds) {
  const server = await startServer({ ...database, core: ALL_CORES });
  try {
    return await measureLists(server, size, apiIds);
  } finally {
    await server.stop();
  }
}

async function measureLists(server, size, apiIds) {
  const cells = [];
  const add = (name, cell) => {
    cells.push([name, cell]);
    process.stderr.write(`  ${name}: ${cell}\n`);
  };
  for (const field of ["CREATED_AT", "UPDATED_AT", "NAME"]) {
    const orderBy = { field, direction: "DESC" };
    add(`first page by ${field}`, await timed(server, LIST, { orderBy }));
    const last = Math.min(10_000, Math.floor(size / 50) - 1);
    const after = cursorAt(field, last * 50, size);
    add(`page 10,000, or the last, by ${field}`, await timed(server, LIST, { orderBy, after }));
  }
  for (const [name, filter] of SEARCHES(size, apiIds)) {
    add(name, await timed(server, LIST, { filter }));
  }
  const filter = { clientIds: Array.from({ length: 50 }, (_, index) => clientId(index)) };
  add("50 by id", await timed(server, LIST, { filter }));
  add("client by id", await timed(server, CLIENT, () => ({ clientId: anyId(size) })));
  add("200 rows with all fields", await timed(server, ALL_FIELDS, { first: 200 }, 50));
  add("totalCount of all", await timed(server, COUNT, {}, 20));
  add(
    "totalCount of a scope",
    await timed(server, COUNT, { filter: { scopes: ["resource7:read"] } }, 20),
  );
  const change = () => ({
    input: { clientId: anyId(size), name: `Renamed ${randomBytes(4).toString("hex")}` },
  });
  add(
    "createClient with 3 scopes",
    await timed(server, CREATE, { input: { name: "New", scopes: ["a", "b", "c"] } }),
  );
  add("updateClient, its name", await timed(server, UPDATE, change));
  return cells;
}

async function createApi({ operator }, name) {
  const input = { name, identifier: `https://${name}.example.com` };
  return (await operator(CREATE_API, { input })).createApi.api.apiId;
}

/** Of a client that is active: the oldest hundredth are not. */
function anyId(size) {
  const first = Math.ceil(size / 100);
  return clientId(first + Math.floor(Math.random() * (size - first)));
}

/** One after another, each by itself. */
async function timed({ operator }, query, variables, times = REQUESTS) {
  const taken = [];
  for (let number = -WARM_UP; number < times; number++) {
    const values = typeof variables === "function" ? variables() : variables;
    const startedAt = performance.now();
    await operator(query, values);
    if (number >= 0) taken.push(performance.now() - startedAt);
  }
  taken.sort((a, b) => a - b);
  const at = (quantile) => taken[Math.ceil(quantile * taken.length) - 1].toFixed(1);
  return `${at(0.5)} / ${at(0.99)}`;
}

/** After the clients that ask have been read from the disk, and the code has been compiled. */
async function measureSteadyState(target) {
  await measure(target, 20);
  const results = [];
  for (let round = 0; round < 3; round++) results.push(await measure(target, 5));
  return medianBy(results, (one) => one.perCpuSecond);
}

/** Per CPU-second, of a server that has one core. */
async function tokens(database, size) {
  const server = await startServer({ ...database, core: SERVER_CORE });
  try {
    const asking = Array.from({ length: TOKEN_CLIENTS }, () => ({
      clientId: anyId(size),
      clientSecret,
    }));
    const cells = [];
    for (const [name, request] of [
      ["issueToken", issueTokenRequest],
      ["/oauth/token", (client) => oauthTokenRequest(PROJECT_ID, client)],
    ]) {
      const target = { program: server, url: server.url, requests: asking.map(request) };
      const { perCpuSecond } = await measureSteadyState(target);
      cells.push([`tokens per CPU-second by ${name}`, count(perCpuSecond)]);
      process.stderr.write(`  ${cells.at(-1).join(": ")}\n`);
    }
    return cells;
  } finally {
    await server.stop();
  }
}

async function freshDatabase(size) {
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-scale-"));
  const removeFolder = async () => rmSync(dataDir, { recursive: true, force: true });
  if (!process.env.DATABASE_URL) {
    const file = path.join(dataDir, "countersign.sqlite");
    return { dataDir, location: { file }, drop: removeFolder };
  }
  const name = `scale_${size}`;
  const administer = async (sql) => {
    const db = new pg.Client(process.env.DATABASE_URL);
    await db.connect();
    await db.query(sql);
    await db.end();
  };
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(process.env.DATABASE_URL);
  url.pathname = `/${name}`;
  return {
    dataDir,
    databaseUrl: url.href,
    location: { url: url.href },
    drop: async () => {
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
      await removeFolder();
    },
  };
}
