// What lists, searches and tokens take with 1,000, 100,000 and 1,000,000 clients, over HTTP, from a
// server in a process of its own; on SQLite, or on databases beside the one of DATABASE_URL:
//   npm run bench:scale                 npm run bench:scale -- 1000 100000
//   npm run with-postgres -- npm run bench:scale
// A million clients take about 5 GB in the temporary folder, and several minutes to write.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { build } from "../build.mjs";
import { clientId, cursorAt, fill, SEARCHES } from "./scale-clients.mjs";

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1_000, 100_000, 1_000_000);
const PROJECT = "project_benchbenchbenchbench12";
const MANAGEMENT_SECRET = randomBytes(32).toString("hex");
const REQUESTS = 200;
const WARM_UP = 20;
const TOKEN_CONNECTIONS = 16;
const TOKEN_SECONDS = 5;
const TICKS_PER_SECOND = 100;

build({ ifNeeded: true });
const load = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { generateSecret, hashSecret } = await load("shared/secrets.js");
const clientSecret = generateSecret("csk");
const agent = new Agent({ keepAlive: true });

const LIST = `query ($first: Int, $after: String, $filter: ClientFilter, $orderBy: ClientOrder) {
  clients(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { clientId name } pageInfo { hasNextPage endCursor }
  }
}`;
const ALL_FIELDS = `query ($first: Int) {
  clients(first: $first) {
    nodes {
      clientId name description status scopes trustedMetadata accessTokenLifetimeSeconds
      tokenEndpointAuthMethod publicKeys { publicKeyId } jwksUrl dpopBoundAccessTokens tokensNotBefore
      clientSecretLastFour nextClientSecretLastFour createdAt updatedAt lastUsedAt expiresAt version
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const COUNT = "query ($filter: ClientFilter) { clients(first: 1, filter: $filter) { totalCount } }";
const CLIENT = "query ($clientId: ID!) { client(clientId: $clientId) { name scopes } }";
const CREATE =
  "mutation ($input: CreateClientInput!) { createClient(input: $input) { client { clientId } } }";
const UPDATE =
  "mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { clientId } } }";
const ISSUE = "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }";

const table = new Map();
for (const size of sizes) {
  process.stderr.write(`${size} clients\n`);
  const database = await freshDatabase(size);
  try {
    // makes the tables and the project
    await (await startServer(database)).stop();
    await fill(database.location, size, {
      projectId: PROJECT,
      secretHash: hashSecret(clientSecret),
    });
    const server = await startServer(database);
    try {
      for (const [name, cell] of await measure(server, size)) {
        table.set(name, [...(table.get(name) ?? []), cell]);
      }
    } finally {
      await server.stop();
    }
  } finally {
    await database.drop();
  }
}
agent.destroy();
const engine = process.env.DATABASE_URL ? "PostgreSQL" : "SQLite";
const row = (...cells) => `| ${cells.join(" | ")} |`;
console.log(
  `\n${engine}, Node.js ${process.versions.node}; p50 / p99 in ms of ${REQUESTS} requests\n`,
);
console.log(row("", ...sizes.map((size) => `${size.toLocaleString("en")} clients`)));
console.log(row("---", ...sizes.map(() => "---:")));
for (const [name, cells] of table) console.log(row(name, ...cells));

async function measure(server, size) {
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
  for (const [name, filter] of SEARCHES(size)) {
    add(name, await timed(server, LIST, { filter }));
  }
  const filter = { clientIds: Array.from({ length: 50 }, (_, index) => clientId(index)) };
  add("50 by id", await timed(server, LIST, { filter }));
  add("client by id", await timed(server, CLIENT, () => ({ clientId: anyId(size) })));
  add("1,000 rows with all fields", await timed(server, ALL_FIELDS, { first: 1000 }, 50));
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
  add("tokens by issueToken", await tokenRate(server, size, issueToken));
  add("tokens by /oauth/token", await tokenRate(server, size, oauthToken));
  return cells;
}

/** Of a client that is active: the oldest hundredth are not. */
function anyId(size) {
  const first = Math.ceil(size / 100);
  return clientId(first + Math.floor(Math.random() * (size - first)));
}

/** One after another, each by itself. */
async function timed(server, query, variables, times = REQUESTS) {
  const taken = [];
  for (let count = -WARM_UP; count < times; count++) {
    const body = JSON.stringify({
      query,
      variables: typeof variables === "function" ? variables() : variables,
    });
    const startedAt = performance.now();
    await post(server, "/graphql", "application/json", body, server.authorization);
    if (count >= 0) taken.push(performance.now() - startedAt);
  }
  taken.sort((a, b) => a - b);
  const at = (quantile) => taken[Math.ceil(quantile * taken.length) - 1].toFixed(1);
  return `${at(0.5)} / ${at(0.99)}`;
}

async function tokenRate(server, size, issue) {
  const run = async (seconds) => {
    const end = performance.now() + seconds * 1000;
    let issued = 0;
    const one = async () => {
      for (; performance.now() < end; issued++) await issue(server, anyId(size));
    };
    await Promise.all(Array.from({ length: TOKEN_CONNECTIONS }, one));
    return issued;
  };
  await run(1);
  const cpuBefore = server.cpuSeconds();
  const startedAt = performance.now();
  const issued = await run(TOKEN_SECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  const perCpuSecond = issued / (server.cpuSeconds() - cpuBefore);
  return `${Math.round(perCpuSecond)} per CPU second, ${Math.round(issued / seconds)} per second`;
}

function issueToken(server, id) {
  const variables = { input: { clientId: id, clientSecret } };
  const body = JSON.stringify({ query: ISSUE, variables });
  return post(server, "/graphql", "application/json", body);
}

function oauthToken(server, id) {
  const url = `/projects/${PROJECT}/oauth/token`;
  const authorization = `Basic ${Buffer.from(`${id}:${clientSecret}`).toString("base64")}`;
  const type = "application/x-www-form-urlencoded";
  return post(server, url, type, "grant_type=client_credentials", authorization);
}

function post({ port }, url, type, body, authorization) {
  const headers = { "content-type": type, "content-length": Buffer.byteLength(body) };
  if (authorization) headers.authorization = authorization;
  return new Promise((resolve, reject) => {
    const sent = request({ port, agent, method: "POST", path: url, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        if (response.statusCode === 200 && !text.startsWith('{"errors"')) resolve(text);
        else reject(new Error(text));
      });
    });
    sent.on("error", reject).end(body);
  });
}

async function startServer({ location, dataDir }) {
  const child = spawn(process.execPath, ["dist/src/main.js"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: "production", PORT: "0", DATA_DIR: dataDir },
      ...{ MASTER_KEY: Buffer.alloc(32, 1).toString("base64url"), LOG_LEVEL: "info" },
      ...{ BOOTSTRAP_PROJECT_ID: PROJECT, BOOTSTRAP_PROJECT_SECRET: MANAGEMENT_SECRET },
      ...(location.url && { DATABASE_URL: location.url }),
    },
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const port = await new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk) => {
      if (output === null) return;
      output += chunk;
      const [, found] = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? [];
      if (found) [output] = [null, resolve(found)];
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => reject(new Error(`the server did not start:\n${output}`)));
  });
  return {
    port,
    authorization: `Basic ${Buffer.from(`${PROJECT}:${MANAGEMENT_SECRET}`).toString("base64")}`,
    /** Of the whole process; fields 14 and 15 of proc_pid_stat(5), counted from behind the name. */
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
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
    location: { url: url.href },
    drop: async () => {
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
      await removeFolder();
    },
  };
}
