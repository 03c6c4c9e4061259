import { waitForPostgres } from "../../database/postgres-locks.js";
import { executedMigrations } from "../../database/schema-version-check.js";
import { planUpgrade, type UpgradePlan } from "../../database/upgrade-plan.js";
import { type CommandContext, EXIT, type ExitCode } from "../command.js";
import { openForReading, readHost } from "../host.js";
import { assertMasterKeyOpens } from "../master-key-check.js";

export async function runUpgradeCheck(context: CommandContext): Promise<ExitCode> {
  const host = readHost(context);
  const { location } = host;
  // Refuses a PostgreSQL that is too old, or a replica.
  if ("url" in location) await waitForPostgres(location.url, context.progress);
  const dataSource = await openForReading(host, { mayBeOlder: true });
  try {
    await assertMasterKeyOpens(host, dataSource);
    const plan = planUpgrade(location, await executedMigrations(dataSource));
    context.result(plan, textOf(plan));
    return plan.upgrade === "STOP" ? EXIT.DIFFERS : EXIT.DONE;
  } finally {
    await dataSource.destroy();
  }
}

const HOW: Readonly<Record<UpgradePlan["upgrade"], string>> = {
  ROLLING:
    "Replace processes one after another: both versions work on the database at the same time.",
  RESTART: "Stop the server, then start this version: SQLite serves one process.",
  STOP: "Stop all processes, then start this version:",
};

const WAY_BACK: Readonly<Record<UpgradePlan["wayBack"], string>> = {
  START: "Way back: start the earlier version.",
  RESTORE:
    "Way back: restore a backup with --for-version. Make one now: countersign backup --out <file>",
};

function textOf({ version, database, from, migrations, ...plan }: UpgradePlan): string {
  const schema =
    from === null ? "the schema of a version between two releases" : `the schema of ${from}`;
  const count = `${migrations.length} migration${migrations.length === 1 ? "" : "s"}`;
  return [
    `The ${database} database has ${schema}.`,
    migrations.length === 0
      ? `Version ${version} starts on it as it is.`
      : `The first start of version ${version} runs ${count}:`,
    ...migrations.map((name) => `  ${name}`),
    HOW[plan.upgrade],
    ...plan.stopReasons.map((reason) => `  ${reason}`),
    WAY_BACK[plan.wayBack],
  ].join("\n");
}
