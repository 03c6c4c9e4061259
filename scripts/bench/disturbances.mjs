// What management calls and floods of wrong secrets do to the tokens of others.
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  createClients,
  graphqlRequest,
  issueTokenRequest,
  oauthTokenRequest,
  startCountersign,
} from "./countersign.mjs";
import {
  count,
  measure,
  middle,
  ms,
  percent,
  QUIETEST,
  quietest,
  table,
  WARM_UP_SECONDS,
} from "./measure.mjs";
import { ALL_CORES, LOAD_CORE, runProgram } from "./processes.mjs";

const ROWS = 1000;
/** Of the tokens that the server gives with nothing else to do: what is left is for the disturbance. */
const LOAD = 1 / 4;
/** Programs that disturb, each with one call after another, */
const PROGRAMS = 2;
/** or, to flood the server, so many at once. */
const FLOOD = 10;
/** Before the measurement begins, and after it has ended. */
const MARGIN_SECONDS = 1;

const LIST = `query {
  clients(first: ${ROWS}) {
    nodes { clientId name description status scopes trustedMetadata createdAt updatedAt lastUsedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;
const IMPORT =
  "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }";

const times = (count, make) => Array.from({ length: count }, make);
const refused = (credentials) => ({ ...issueTokenRequest(credentials), contains: '{"errors":[' });

/** By name: makes the requests of one program, and over how many connections. */
function kindsOf({ authorization }, client) {
  return {
    "nothing else": null,
    "imports that hash bcrypt": () => ({
      requests: times(1000, () =>
        graphqlRequest(IMPORT, { input: newImport() }, { authorization }),
      ),
      connections: 1,
    }),
    "lists of 1,000 clients": () => ({
      requests: [graphqlRequest(LIST, {}, { authorization })],
      connections: 1,
    }),
    "wrong secrets for one client": () => ({
      requests: [refused({ ...client, clientSecret: "wrong" })],
      connections: FLOOD,
    }),
    "unknown imported ids": () => ({
      requests: times(1000, () => {
        const [clientId, clientSecret] = times(2, () => randomBytes(16).toString("hex"));
        return refused({ clientId, clientSecret });
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
    const server = await startCountersign({ databaseUrl, core: ALL_CORES });
    try {
      const clients = await createClients(server, ROWS);
      const requests = clients
        .slice(0, 100)
        .map((client) => oauthTokenRequest(server.projectId, client));
      const target = { program: server, url: server.url, requests };
      const kinds = Object.entries(kindsOf(server, clients.at(-1)));
      const taken = new Map(kinds.map(([name]) => [name, []]));
      await measure(target, warmUpSeconds);
      const rate = Math.round((await measure(target, seconds)).perSecond * LOAD);
      // The p99 of one round is its tenth slowest request or so: it takes more rounds than a rate.
      for (let round = 0; round < 2 * rounds; round++) {
        for (const [name, make] of kinds) {
          taken.get(name).push(
            await quietest(async () => {
              const disturbed = make && disturb(server, make, seconds);
              if (disturbed) await setTimeout(MARGIN_SECONDS * 1000);
              const result = await measure(target, seconds, { rate });
              return { ...result, others: (await disturbed) ?? 0 };
            }),
          );
        }
      }
      const median = (name) => middle(taken.get(name), (one) => one.p99);
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
      `else: one call after another, or, of those that are refused, each of them ${FLOOD} at a time. The server ` +
      `is not pinned; these programs give way to the one that measures. ${QUIETEST}`,
    table(
      [
        "database",
        "tokens per second",
        "beside",
        "of these per second",
        "stolen",
        "p99",
        "of undisturbed",
      ],
      rows,
    ),
  ].join("\n\n");
  return { markdown };
}

/** @returns how many calls have been answered per second */
async function disturb(server, make, seconds) {
  const load = { url: server.url, seconds: WARM_UP_SECONDS + seconds + 2 * MARGIN_SECONDS };
  const programs = times(PROGRAMS, () =>
    runProgram("scripts/bench/load.mjs", { ...load, ...make() }, LOAD_CORE, true),
  );
  const results = await Promise.all(programs);
  return results.reduce((sum, { answers, seconds: taken }) => sum + answers / taken, 0);
}
