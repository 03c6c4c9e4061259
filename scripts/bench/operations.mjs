// What the operations cost on both databases, as multiples of a bare RS256 signature; their latency; and starting.
import { randomBytes } from "node:crypto";
import bcrypt from "bcryptjs";
import { issueTokenRequest, startServer } from "./countersign.mjs";
import { count, measure, medianBy, ms, table } from "./measure.mjs";
import { operationRequests } from "./operation-requests.mjs";
import { runProgram, SERVER_CORE, startProgram } from "./processes.mjs";

const IMPORTED = 20;
/** V8 optimises for tens of thousands of requests: a server in use is warmer than one that has just started. */
const WARM_UP = 4;
const WANTED = {
  "`issueToken`": "1.55",
  "`/oauth/token`": "1.35",
  "`attestSession` with `sessionJwt`": "4.0",
  "`attestSession`": "3.0",
  "`authenticateSession` with `sessionJwt`": "2.2",
  "`authenticateSession`": "1.2",
  "`verifyToken`": "0.9",
  introspection: "0.7",
  JWKS: "0.15",
  "JWKS, 304": "0.08",
};

export async function operations(settings, postgres) {
  const started = [];
  try {
    const programs = [];
    for (const database of ["SQLite", "PostgreSQL"]) {
      const databaseUrl = database === "PostgreSQL" ? await postgres.createDatabase() : undefined;
      const server = await startServer({ databaseUrl });
      started.push(server);
      const memoryAtStart = server.residentMegabytes();
      const requests = await operationRequests(server);
      programs.push({ database, server, memoryAtStart, requests });
    }
    const peer = await oidcProvider();
    started.push(peer);
    const memory = peer.residentMegabytes();
    const columns = [
      ...programs,
      {
        database: "oidc-provider",
        server: { ...peer, url: peer.answer },
        memoryAtStart: memory,
        requests: await peerRequests(peer.answer),
      },
    ];
    for (const { server, requests } of columns) {
      const target = { program: server, url: server.url, requests: Object.values(requests).flat() };
      await measure(target, settings.warmUpSeconds * WARM_UP);
    }
    const taken = await measureBesideSignatures(columns, settings);
    const facts = columns.flatMap(({ database, server, memoryAtStart }) =>
      [
        ["memory after the start", `${count(memoryAtStart)} MB`],
        ["memory after this load", `${count(server.residentMegabytes())} MB`],
      ].map(([what, value]) => [database, what, value]),
    );
    for (const { database, server } of programs) {
      const { first, later } = await importedClients(server);
      facts.push([database, "first token of an imported client (bcrypt, cost 10)", ms(first)]);
      facts.push([database, "each later one", ms(later)]);
      facts.push([database, "start on an empty database", ms(server.startUpMs)]);
    }
    return { markdown: report(columns, taken, facts) };
  } finally {
    for (const program of started) await program.stop();
  }
}

/**
 * Each round of an operation stands between two of signatures, so that what else the machine does meets both alike.
 * @returns by operation and column, the median round by its multiple
 */
async function measureBesideSignatures(columns, { warmUpSeconds, seconds, rounds, only }) {
  const signatures = async () =>
    (
      await runProgram(
        "scripts/bench/raw-signing.mjs",
        { seconds: Math.min(seconds, 1) },
        SERVER_CORE,
      )
    ).perCpuSecond;
  const taken = {};
  for (const name of Object.keys(WANTED)) {
    for (const { database, server, requests } of columns) {
      if (!requests[name] || (only && !`${name} ${database}`.includes(only))) continue;
      const target = { program: server, url: server.url, requests: requests[name] };
      await measure(target, warmUpSeconds / 2);
      const results = [];
      for (let round = 0; round < rounds; round++) {
        const before = await signatures();
        const result = await measure(target, seconds);
        const signing = (before + (await signatures())) / 2;
        results.push({ ...result, multiple: signing / result.perCpuSecond });
      }
      taken[name] ??= {};
      taken[name][database] = medianBy(results, ({ multiple }) => multiple);
      process.stderr.write(
        `  ${name} on ${database}: ${results.map(({ multiple }) => multiple.toFixed(2)).join(", ")}\n`,
      );
    }
  }
  return taken;
}

function report(columns, taken, facts) {
  const multiples = Object.entries(taken).map(([name, results]) => [
    name,
    WANTED[name],
    ...columns.map(({ database }) => results[database]?.multiple.toFixed(2) ?? ""),
    results.PostgreSQL && results.SQLite
      ? `${(results.PostgreSQL.multiple / results.SQLite.multiple).toFixed(2)} x`
      : "",
  ]);
  const rows = Object.entries(taken).flatMap(([name, results]) =>
    Object.entries(results).map(([database, { perCpuSecond, perSecond, p50, p99 }]) => [
      name,
      database,
      count(perCpuSecond),
      count(perSecond),
      ms(p50),
      ms(p99),
    ]),
  );
  return [
    "## Operations",
    "CPU time of one operation, as a multiple of that of a bare RS256 signature (`crypto.sign`, RSA-2048). Each round stands between two of signatures; medians of the rounds. One process on one core, 16 connections. oidc-provider introspects opaque tokens.",
    table(
      ["operation", "wanted", ...columns.map(({ database }) => database), "PostgreSQL : SQLite"],
      multiples,
    ),
    table(["operation", "database", "per CPU-second", "per second", "p50", "p99"], rows),
    table(["database", "what", ""], facts),
  ].join("\n\n");
}

function oidcProvider() {
  return startProgram("scripts/bench/oidc-provider.mjs", {
    args: ["RS256"],
    ready: (output) => /listening (\S+)/.exec(output)?.[1],
  });
}

const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" };

/** Its operations by the names of ours. Its JWTs cannot be introspected, so it does so with opaque tokens. */
export async function peerRequests(url) {
  const tokenRequest = (index, parameters = {}) => ({
    path: "/token",
    headers: FORM_HEADERS,
    body: new URLSearchParams({
      ...peerClient(index),
      grant_type: "client_credentials",
      ...parameters,
    }).toString(),
    contains: '"access_token":"',
  });
  const indices = Array.from({ length: 100 }, (_, index) => index);
  const introspections = [];
  for (const index of indices) {
    const { path, headers, body } = tokenRequest(index, { resource: "urn:example:opaque" });
    const response = await fetch(new URL(path, url), { method: "POST", headers, body });
    const { access_token: token } = await response.json();
    introspections.push({
      path: "/token/introspection",
      headers: FORM_HEADERS,
      body: new URLSearchParams({ ...peerClient(index), token }).toString(),
      contains: '"active":true',
    });
  }
  return {
    "`/oauth/token`": indices.map((index) => tokenRequest(index)),
    introspection: introspections,
    JWKS: [{ method: "GET", path: "/jwks", contains: '{"keys":[' }],
  };
}

const peerClient = (index) => ({
  client_id: `client-${index}`,
  client_secret: `secret-of-client-${index}-that-is-long-enough`,
});

/** Milliseconds of a first use, which verifies bcrypt, and of a later one; medians. */
async function importedClients(server) {
  const clients = [];
  for (let index = 0; index < IMPORTED; index++) {
    const clientId = `imported-${index}`;
    const clientSecret = randomBytes(24).toString("base64url");
    const secretHash = bcrypt.hashSync(clientSecret, 10);
    await server.operator(
      "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }",
      { input: { clientId, secretHash, scopes: ["read:invoices"] } },
    );
    clients.push({ clientId, clientSecret });
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const round = async () => {
    const times = [];
    for (const client of clients) {
      const { headers, body } = issueTokenRequest(client);
      const startedAt = performance.now();
      const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body });
      const { errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors[0]));
      times.push(performance.now() - startedAt);
    }
    return median(times);
  };
  const first = await round();
  await round();
  return { first, later: await round() };
}
