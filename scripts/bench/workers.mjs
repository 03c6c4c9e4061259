// One worker on one core against two workers, on PostgreSQL; and the latency under half of the load.
import { createClients, oauthTokenRequest, startServer } from "./countersign.mjs";
import { count, measure, medianBy, ms, table } from "./measure.mjs";
import { ALL_CORES, cpuSeconds, SERVER_CORE } from "./processes.mjs";

export async function workers({ seconds, warmUpSeconds, rounds }, postgres) {
  const databaseUrl = await postgres.createDatabase();
  const one = await startServer({ databaseUrl, core: SERVER_CORE });
  const clients = await createClients(one, 100);
  const two = await startServer({
    databaseUrl,
    env: { WORKERS: "2" },
    core: ALL_CORES,
  });
  try {
    const requests = clients.map((client) => oauthTokenRequest(one.projectId, client));
    const targets = [one, two].map((program) => ({ program, url: program.url, requests }));
    // Two workers, PostgreSQL and the load share the machine's cores.
    const settings = { connections: 32, core: ALL_CORES };
    for (const target of targets) await measure(target, warmUpSeconds, settings);
    const taken = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [index, target] of targets.entries()) {
        const before = cpuSeconds(postgres.pid());
        const result = await measure(target, seconds, settings);
        const database = (cpuSeconds(postgres.pid()) - before) / result.seconds;
        taken[index].push({ ...result, database, load: result.cpuSeconds / result.seconds });
      }
    }
    const [single, double] = taken.map((results) => medianBy(results, (each) => each.perSecond));
    const half = await measure(targets[1], seconds, {
      ...settings,
      rate: Math.round(double.perSecond / 2),
    });
    const row = (name, each) => [
      name,
      count(each.perSecond),
      each.cores.toFixed(2),
      each.database.toFixed(2),
      each.load.toFixed(2),
      count(each.perCpuSecond),
      ms(each.p50),
      ms(each.p99),
    ];
    const speedUp = double.perSecond / single.perSecond;
    // What two workers did with the cores that they got, as if they had had two.
    const perCore = double.perSecond / double.cores / (single.perSecond / single.cores);
    const head = ["`/oauth/token`, RS256", "per second", "cores: Countersign", "PostgreSQL"];
    const markdown = [
      "## Workers",
      table(
        [...head, "load", "per CPU-second", "p50", "p99"],
        [row("one worker, pinned to one core", single), row("`WORKERS=2`", double)],
      ),
      table(
        ["ratio within this run", "measured", "wanted"],
        [
          ["tokens per second, two workers : one, all on this machine", speedUp.toFixed(2), ""],
          [
            "computed: the same, had the load and PostgreSQL cores of their own",
            (2 * perCore).toFixed(2),
            "1.60",
          ],
          ["p99 under half of the load", ms(half.p99), "50 ms"],
        ],
      ),
    ].join("\n\n");
    return { markdown };
  } finally {
    await two.stop();
    await one.stop();
  }
}
