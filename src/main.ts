import "./assert-node-version.js";
import cluster, { type Worker } from "node:cluster";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import Fastify from "fastify";
import { type Config, ConfigError, readConfig } from "./config.js";
import { assertNoMasterKey, loadOrCreateMasterKey } from "./database/master-key-file.js";
import { batchedStandardOutput } from "./log-stream.js";
import { Supervisor, type WorkerMessage } from "./worker-supervisor.js";

async function main(): Promise<void> {
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
  const sqliteFile = path.join(config.dataDir, "countersign.sqlite");
  // The primary creates the key file before its workers read it.
  const masterKeys = resolveMasterKeys(config, sqliteFile);
  if (config.workers > 1 && !worker) {
    const logger = { level: config.logLevel, stream: batchedStandardOutput() };
    const { log } = Fastify({ logger });
    return new Supervisor(fileURLToPath(import.meta.url), config.workers, log).run();
  }
  // Imported here because the primary needs none of it.
  const { runSingleProcess, runWorker } = await import("./server-process.js");
  const database = config.databaseUrl
    ? { url: config.databaseUrl, poolSize: config.databasePoolSize }
    : { file: sqliteFile };
  const onStartupProgress = (message: string) => void process.stderr.write(`${message}\n`);
  const options = { ...config, database, masterKeys, onStartupProgress };
  return worker ? runWorker(options, worker) : runSingleProcess(options);
}

function resolveMasterKeys(config: Config, sqliteFile: string): [Uint8Array, ...Uint8Array[]] {
  const hasDatabase = existsSync(sqliteFile);
  if (!config.databaseUrl && !hasDatabase) assertNoMasterKey(config.dataDir);
  const [first, ...others] = config.masterKeys ?? [
    loadOrCreateMasterKey(config.dataDir, { mayCreate: !hasDatabase }),
  ];
  return [first as Uint8Array, ...others];
}

function toUserMessage(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = Object(error) as Partial<NodeJS.ErrnoException>;
  if (code === "EADDRINUSE") return `${message}: set PORT to another port`;
  return String(message ?? error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${toUserMessage(error)}\n`);
  process.exit(1);
});
