// What management calls and floods of wrong secrets do to the tokens of others.
import { randomBytes } from "node:crypto";
import {
  createClients,
  graphqlRequest,
  issueTokenRequest,
  oauthTokenRequest,
  startServer,
} from "./countersign.mjs";
import {
  count,
  explainLeastDisturbed,
  leastDisturbed,
  measure,
  medianBy,
  ms,
  percent,
  table,
  WARM_UP_SECONDS,
} from "./measure.mjs";
import { ALL_CORES, LOAD_CORE, runProgram } from "./processes.mjs";

const ROWS = 200;
/** Of the tokens that the server gives with nothing else to do: what is left is for the disturbance. */
const LOAD = 1 / 4;
/** Programs that disturb, each with one call after another, */
const PROGRAMS = 2;
/** or, to flood the server, so many at once. */
const FLOOD = 10;
/** At most, for any of them. */
const MAX_SLOWDOWN = 2;
/** Different ones. More are not answered in a round, and for each connection the program builds them all. */
const REQUESTS = 100;
/** A program needs some to start and to warm up, and more where it gives way. */
const START_SECONDS = 3;
/** Of the time of all cores, some 10 ms of a round: its p99 is the slowest 50 ms of five seconds. */
const MAX_STOLEN = 0.001;

const LIST = `query {
  clients(first: ${ROWS}) {
    nodes { clientId name description status scopes trustedMetadata createdAt updatedAt lastUsedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;
const IMPORT =
  "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }";

const times = (count, make) => Array.from({ length: count }, make);

/** Of the addresses that RFC 2544 keeps for benchmarks: a flood starts where nobody has failed before. */
let addresses = 0;
const newAddress = () => `198.18.${addresses >> 8}.${addresses++ & 255}`;

function failingTokenRequest(credentials, address) {
  const { headers, ...request } = issueTokenRequest(credentials);
  const forwarded = { ...headers, "x-forwarded-for": address };
  return { ...request, headers: forwarded, contains: '{"errors":[' };
}

/** By name: makes the requests of one program, and over how many connections. */
function disturbanceKinds({ authorization }, client) {
  return {
    "nothing else": null,
    "imports that hash bcrypt": () => ({
      requests: times(REQUESTS, () =>
        graphqlRequest(IMPORT, { input: newImport() }, { authorization }),
      ),
      connections: 1,
    }),
    "lists of 200 clients": () => ({
      requests: [graphqlRequest(LIST, {}, { authorization })],
      connections: 1,
    }),
    "wrong secrets for one client": (address) => ({
      requests: [failingTokenRequest({ ...client, clientSecret: "wrong" }, address)],
      connections: FLOOD,
    }),
    "unknown imported ids": (address) => ({
      requests: times(REQUESTS, () => {
        const [clientId, clientSecret] = times(2, () => randomBytes(16).toString("hex"));
        return failingTokenRequest({ clientId, clientSecret }, address);
      }),
      connections: FLOOD,
    }),
  };
}

const newImport = () => ({
  clientId: `imported-${randomBytes(8).toString("hex")}`,
  clientSecret: randomBytes(24).toString("base64url"),
  scopes: ["read:invoices"],
});

export async function disturbances({ seconds, warmUpSeconds, rounds }, postgres) {
  const rows = [];
  for (const database of ["SQLite", "PostgreSQL"]) {
    const databaseUrl = database === "PostgreSQL" ? await postgres.createDatabase() : undefined;
    const server = await startServer({
      ...{ databaseUrl, core: ALL_CORES },
      env: { TRUSTED_PROXIES: "127.0.0.1" },
    });
    try {
      const clients = await createClients(server, ROWS);
      const requests = clients
        .slice(0, 100)
        .map((client) => oauthTokenRequest(server.projectId, client));
      const target = { program: server, url: server.url, requests };
      const kinds = Object.entries(disturbanceKinds(server, clients.at(-1)));
      const taken = new Map(kinds.map(([name]) => [name, []]));
      await measure(target, warmUpSeconds);
      const rate = Math.round((await measure(target, seconds)).perSecond * LOAD);
      // The p99 of one round is its tenth slowest request or so: it takes more rounds than a rate.
      for (let round = 0; round < 2 * rounds; round++) {
        for (const [name, make] of kinds) {
          taken.get(name).push(
            await leastDisturbed(async () => {
              const startAt = Date.now() + START_SECONDS * 1000;
              const [result, others] = await Promise.all([
                measure(target, seconds, { rate, startAt }),
                make ? disturb(server, make, { seconds, startAt }) : 0,
              ]);
              return { ...result, others };
            }, MAX_STOLEN),
          );
        }
      }
      const median = (name) => medianBy(taken.get(name), (one) => one.p99);
      for (const [name] of kinds) {
        const { p99, others, stolen } = median(name);
        const ratio = `${(p99 / median("nothing else").p99).toFixed(1)} x`;
        rows.push([database, rate, name, count(others), percent(stolen), ms(p99), ratio]);
      }
    } finally {
      await server.stop();
    }
  }
  const markdown = [
    "## Disturbances",
    `p99 of a quarter of the tokens that the server can give, while ${PROGRAMS} programs do something ` +
      `else: one call after another, or, of those that are refused, each of them ${FLOOD} at a time from an address ` +
      `that has not failed before. They begin with the first of the requests that count. The server is not ` +
      `pinned; these programs give way to the one that measures. ${explainLeastDisturbed(MAX_STOLEN)}`,
    table(
      [
        "database",
        "tokens asked for per second",
        "beside",
        "of these answered per second",
        "stolen",
        "p99",
        `of undisturbed, wanted ${MAX_SLOWDOWN} x`,
      ],
      rows,
    ),
  ].join("\n\n");
  return { markdown };
}

/** @returns how many calls have been answered per second */
async function disturb({ url }, make, { seconds, startAt }) {
  const address = newAddress();
  // With the first of the requests that count.
  const load = { url, seconds, startAt: startAt + WARM_UP_SECONDS * 1000 };
  const programs = times(PROGRAMS, () =>
    runProgram("scripts/bench/load.mjs", { ...load, ...make(address) }, LOAD_CORE, true),
  );
  const results = await Promise.all(programs);
  return results.reduce((sum, { answers, seconds: taken }) => sum + answers / taken, 0);
}
