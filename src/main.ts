import { existsSync } from "node:fs";
import path from "node:path";
import { type Config, ConfigError, readConfig } from "./config.js";
import { type Countersign, startCountersign } from "./countersign.js";
import { loadOrCreateMasterKey } from "./database/master-key-file.js";
import { systemClock } from "./shared/clock.js";
import { welcome } from "./welcome.js";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** A database that does not answer does not keep the process. */
const EXIT_DEADLINE_MS = 25_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  // What is in DATA_DIR is for nobody else.
  process.umask(0o077);
  const sqliteFile = path.join(config.dataDir, "countersign.sqlite");
  const server = await startCountersign({
    ...config,
    database: config.databaseUrl
      ? { url: config.databaseUrl, poolSize: config.databasePoolSize }
      : { file: sqliteFile },
    masterKeys: masterKeysOf(config, existsSync(sqliteFile)),
    clock: systemClock,
    report: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  closeOnSignals(server);
  const defaultProject = await server.services.projects.findDefault();
  // Not among the log lines of standard output.
  process.stderr.write(welcome(config, defaultProject?.projectId ?? "", server.firstProject));
}

function masterKeysOf(config: Config, hasDatabase: boolean): [Uint8Array, ...Uint8Array[]] {
  const [first, ...others] = config.masterKeys ?? [
    loadOrCreateMasterKey(config.dataDir, { mayCreate: !hasDatabase }),
  ];
  return [first as Uint8Array, ...others];
}

function closeOnSignals(server: Countersign): void {
  const close = () => {
    for (const signal of SIGNALS) process.off(signal, close);
    setTimeout(() => process.exit(1), EXIT_DEADLINE_MS).unref();
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of SIGNALS) process.on(signal, close);
}

main().catch((error: unknown) => {
  const text =
    error instanceof ConfigError ? error.message : String((error as Error)?.message ?? error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
