import "./assert-node-version.js";
import cluster, { type Worker } from "node:cluster";
import { statfsSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import Fastify from "fastify";
import { buildExplorer } from "./build-explorer.js";
import { type Config, readConfig } from "./config.js";
import { masterKeyWarning } from "./database/master-key-file.js";
import { firstSecret } from "./first-secret.js";
import { databaseLocation, masterKeysForStart } from "./host-settings.js";
import { assertCanListen } from "./listen-problems.js";
import { batchedStandardOutput } from "./log-stream.js";
import { ReportedMetrics } from "./metrics/reported-metrics.js";
import { misspeltSettings } from "./misspelt-settings.js";
import type { MasterKeys } from "./setting-rules.js";
import { metricsAddress, startMetricsServer } from "./start-metrics-server.js";
import { Supervisor, type WorkerMessage } from "./worker-supervisor.js";

/** From dist/src. */
const EXPLORER = fileURLToPath(new URL("../../explorer", import.meta.url));

async function main(): Promise<void> {
  // V8 reads it at each collection (ADR 0055).
  setFlagsFromString("--heap-growing-percent=50");
  // The source maps of dependencies would take a tenth of the heap and of the start.
  module.setSourceMapsSupport(module.getSourceMapsSupport().enabled, { nodeModules: false });
  if (cluster.isPrimary) misspeltSettings(process.env).forEach(tellOperator);
  const config = readConfig(process.env);
  // Only the owner may read the files in DATA_DIR.
  process.umask(0o077);
  const worker = config.workers > 1 ? cluster.worker : undefined;
  await run(config, worker).catch((error: unknown) => {
    if (!worker) throw error;
    // Workers may all fail for the same reason, which the primary prints once.
    const message: WorkerMessage = { kind: "failed", message: toUserMessage(error) };
    worker.send(message, () => process.exit(1));
  });
}

async function run(config: Config, worker: Worker | undefined): Promise<void> {
  if (!worker) await assertCanListen(config);
  if (!worker && config.metrics) await assertCanListen(metricsAddress(config.metrics));
  // The primary creates the key file before its workers read it.
  const masterKeys = resolveMasterKeys(config);
  if (config.workers > 1 && !worker) {
    const logger = { level: config.logLevel, stream: batchedStandardOutput({ isShared: true }) };
    const { log } = Fastify({ logger });
    const metrics = config.metrics && new ReportedMetrics();
    if (config.metrics && metrics) {
      await startMetricsServer(config.metrics, () => metrics.text(), log);
    }
    await new Supervisor(fileURLToPath(import.meta.url), config.workers, log, metrics).run();
    return buildExplorerBehind(config);
  }
  // Imported here because the primary needs none of it.
  const { runSingleProcess, runWorker } = await import("./server-process.js");
  const options = {
    ...config,
    surroundings: { config, env: process.env, statfs: statfsSync },
    explorerFolder: path.join(EXPLORER, "dist"),
    database: databaseLocation(config),
    masterKeys,
    onStartupProgress: tellOperator,
    firstSecret: firstSecret(config.dataDir, process.stderr.isTTY),
  };
  if (worker) return runWorker(options, worker);
  await runSingleProcess(options);
  buildExplorerBehind(config);
}

/** The server listens already, and shows a page that waits. */
function buildExplorerBehind({ explorer }: Config): void {
  if (explorer === "graphiql") buildExplorer(path.join(EXPLORER, "scripts/build.mjs"));
}

/** Tells the operator of a key file that others can read. */
function resolveMasterKeys(config: Config): MasterKeys {
  const masterKeys = masterKeysForStart(config);
  const warning = cluster.isPrimary && !config.masterKeys && masterKeyWarning(config.dataDir);
  if (warning) tellOperator(warning);
  return masterKeys;
}

function toUserMessage(error: unknown): string {
  const { message } = Object(error) as Partial<Error>;
  return String(message ?? error);
}

function tellOperator(message: string): void {
  process.stderr.write(`${message}\n`);
}

main().catch((error: unknown) => {
  tellOperator(toUserMessage(error));
  process.exit(1);
});
