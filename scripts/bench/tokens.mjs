// Tokens per CPU-second: the endpoints, algorithms and databases against oidc-provider.
import {
  createClients,
  form,
  issueTokenRequest,
  oauthTokenRequest,
  startServer,
} from "./countersign.mjs";
import {
  count,
  explainLeastDisturbed,
  measureInTurns,
  medianBy,
  ms,
  percent,
  table,
} from "./measure.mjs";
import { runProgram, SERVER_CORE, startProgram } from "./processes.mjs";

const CLIENTS = 100;
/**
 * In how many processes each program runs, one after the other: where its memory lies makes one dearer than the
 * next by a tenth and more for as long as it lives, most of all where threads sign.
 */
const PROCESSES = { RS256: 7, ES256: 3, EdDSA: 3 };

export async function tokens(settings, postgres) {
  const targets = [];
  const results = [];
  for (const [algorithm, processes] of Object.entries(PROCESSES)) {
    const groups = [];
    while (groups.length < (settings.isQuick ? 1 : processes)) {
      groups.push(await inNewProcesses(algorithm, settings, postgres));
    }
    const [{ group }] = groups;
    targets.push(...group);
    results.push(...group.map((_, at) => groups.map(({ taken }) => taken[at])));
  }
  return report(targets, results);
}

/** @returns what has run, and of each the results of its rounds */
async function inNewProcesses(algorithm, settings, postgres) {
  const started = [];
  try {
    const group = algorithm === "RS256" ? [BARE_SIGNATURES] : [];
    group.push(await oidcProvider(algorithm, started));
    for (const database of ["SQLite", "PostgreSQL"]) {
      const databaseUrl = database === "PostgreSQL" ? await postgres.createDatabase() : undefined;
      group.push(...(await countersign(algorithm, database, databaseUrl, started)));
    }
    return { group, taken: await measureInTurns(group, settings) };
  } finally {
    for (const program of started) await program.stop();
  }
}

const BARE_SIGNATURES = {
  name: "bare RSA-2048 signatures",
  measure: (seconds) => runProgram("scripts/bench/raw-signing.mjs", { seconds }, SERVER_CORE),
};

async function countersign(algorithm, database, databaseUrl, started) {
  const server = await startServer({ databaseUrl });
  started.push(server);
  await server.operator(
    "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { name } } }",
    { input: { signingAlgorithm: algorithm, force: true } },
  );
  const clients = await createClients(server, CLIENTS);
  const target = { program: server, url: server.url, algorithm, database };
  return [
    {
      ...target,
      name: "Countersign `/oauth/token`",
      requests: clients.map((client) => oauthTokenRequest(server.projectId, client)),
    },
    { ...target, name: "Countersign `issueToken`", requests: clients.map(issueTokenRequest) },
  ];
}

async function oidcProvider(algorithm, started) {
  const program = await startProgram("scripts/bench/oidc-provider.mjs", {
    args: [algorithm],
    ready: (output) => /listening (\S+)/.exec(output)?.[1],
  });
  started.push(program);
  const requests = Array.from({ length: CLIENTS }, (_, index) => ({
    path: "/token",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form({
      grant_type: "client_credentials",
      client_id: `client-${index}`,
      client_secret: `secret-of-client-${index}-that-is-long-enough`,
    }),
    contains: '"access_token":"ey',
  }));
  const name = "oidc-provider `/token`";
  return { program, url: program.answer, algorithm, database: "memory", name, requests };
}

/** @param results of each target, by process and round */
function report(targets, results) {
  const perCpuSecond = (result) => result.perCpuSecond;
  const find = (name, algorithm, database) =>
    results[
      targets.findIndex(
        (one) =>
          one.name.includes(name) && one.algorithm === algorithm && one.database === database,
      )
    ];
  /**
   * Of what it was in each round, whose results are of nearly the same time, the median for each process; of
   * these the geometric mean, as processes differ more than rounds and a median would use one of them.
   */
  const ratio = (one, other) => {
    const logarithms = one.map((rounds, at) => {
      const ratios = rounds.map(
        (result, round) => result.perCpuSecond / other[at][round].perCpuSecond,
      );
      return Math.log(medianBy(ratios, (value) => value));
    });
    return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
  };
  const rows = targets.slice(1).map((target, at) => {
    const taken = medianBy(results[at + 1].flat(), perCpuSecond);
    const peer = find("oidc-provider", target.algorithm, "memory");
    return [
      target.name,
      target.algorithm,
      target.database,
      count(taken.perCpuSecond),
      `${ratio(results[at + 1], peer).toFixed(2)} x`,
      count(taken.perSecond),
      ms(taken.p50),
      ms(taken.p99),
      percent(taken.stolen),
    ];
  });
  const [bare] = results;
  const peer = (algorithm) => find("oidc-provider", algorithm, "memory");
  const token = (algorithm, database = "SQLite") => find("/oauth/token", algorithm, database);
  const mutation = (database) => find("issueToken", "RS256", database);
  const ratios = [
    ["RS256 `/oauth/token` on SQLite : bare signatures", token("RS256"), bare, "0.70"],
    ["RS256 `issueToken` on SQLite : bare signatures", mutation("SQLite"), bare, "0.60"],
    ["RS256 `/oauth/token` on SQLite : oidc-provider", token("RS256"), peer("RS256"), ""],
    ["RS256 `issueToken` on SQLite : oidc-provider", mutation("SQLite"), peer("RS256"), ""],
    ["ES256 `/oauth/token` on SQLite : oidc-provider", token("ES256"), peer("ES256"), ""],
    ["RS256 `/oauth/token`, PostgreSQL : SQLite", token("RS256", "PostgreSQL"), token("RS256"), ""],
    ["RS256 `issueToken`, PostgreSQL : SQLite", mutation("PostgreSQL"), mutation("SQLite"), ""],
  ].map(([what, one, other, wanted]) => [what, ratio(one, other).toFixed(2), wanted]);
  const head = ["", "algorithm", "database", "per CPU-second", "of oidc-provider"];
  const markdown = [
    "## Tokens",
    `One process on one core, 16 connections. The bare signing loop makes ${count(medianBy(bare.flat(), perCpuSecond).perCpuSecond)} RSA-2048 signatures per CPU-second. Each program ran in several processes, one after the other (with RS256 in ${bare.length}), and each of these in ${bare[0].length} rounds. Figures are medians of all rounds; of the ratios within each round the median for each process, and of these the geometric mean. ${explainLeastDisturbed()}`,
    table([...head, "per second", "p50", "p99", "stolen"], rows),
    table(["ratio within this run", "measured", "wanted"], ratios),
  ].join("\n\n");
  const bars = targets.slice(1).map((target, at) => ({
    group: target.algorithm,
    name: `${target.name.replaceAll("`", "")} (${target.database})`,
    value: medianBy(results[at + 1].flat(), perCpuSecond).perCpuSecond,
    isOurs: target.name.startsWith("Countersign"),
  }));
  return { markdown, bars };
}
