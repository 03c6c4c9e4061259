import type { Worker } from "node:cluster";
import { availableParallelism } from "node:os";
import { type Application, startApplication } from "./application.js";
import type { Config } from "./config.js";
import type { DatabaseLocation } from "./database/data-source.js";
import { batchedStandardOutput } from "./log-stream.js";
import { systemClock } from "./shared/clock.js";
import { startupBanner } from "./startup-banner.js";
import { onStopSignals, SINGLE_PROCESS_SIGNALS } from "./stop-signals.js";
import { RETIRE, type WorkerMessage } from "./supervisor.js";

export interface RunOptions extends Omit<Config, "masterKeys"> {
  database: DatabaseLocation;
  masterKeys: readonly [Uint8Array, ...Uint8Array[]];
  /** Told of what the start waits for. */
  onStartupProgress: (sentence: string) => void;
}

/** A database that does not answer does not keep the process. */
const EXIT_DEADLINE_MS = 25_000;
/** Connections that are in use are closed one by one meanwhile, each after an answer. */
const REPLACED_DRAIN_SECONDS = 5;

/** The only process: a signal ends it, a second one at once. */
export async function runSingleProcess(options: RunOptions): Promise<void> {
  const { application, banner } = await start(options);
  onStopSignals((isRepeated) => {
    // Not left to the signal: it does nothing to the first process of a container.
    if (isRepeated) process.exit(1);
    void shutDown(application, options.drainSeconds);
  }, SINGLE_PROCESS_SIGNALS);
  // Not among the log lines of standard output.
  process.stderr.write(banner);
}

/** One of several processes: the primary speaks to the operator, and ends without it make no sense. */
export async function runWorker(options: RunOptions, worker: Worker): Promise<void> {
  // A terminal sends it to all of its processes. It is for the primary.
  process.on("SIGHUP", () => {});
  const { application, banner } = await start(options);
  let isShuttingDown = false;
  const shutDownOnce = (seconds: number, drainOptions?: { replacedByNewWorker: boolean }) => {
    if (isShuttingDown) return;
    isShuttingDown = true;
    void shutDown(application, seconds, drainOptions);
  };
  // Terminals and service managers signal all processes, and then the primary does: that is one order.
  onStopSignals(() => shutDownOnce(options.drainSeconds));
  worker.on("message", (message) => {
    const seconds = Math.max(options.drainSeconds, REPLACED_DRAIN_SECONDS);
    if (message === RETIRE) shutDownOnce(seconds, { replacedByNewWorker: true });
  });
  worker.once("disconnect", () => {
    // Otherwise Node.js ends the process before it has answered what is in flight.
    worker.exitedAfterDisconnect = true;
    shutDownOnce(0);
  });
  worker.send({ kind: "listening", banner } satisfies WorkerMessage);
}

async function start(options: RunOptions) {
  const threads = Math.floor((availableParallelism() - 1) / options.workers);
  const application = await startApplication({
    ...options,
    clock: systemClock,
    logStream: batchedStandardOutput(),
    slowHashThreads: Math.max(1, threads),
  });
  const project = await application.services.projectStore.findDefault();
  return {
    application,
    banner: startupBanner(options, project?.projectId ?? "", application.firstProject),
  };
}

async function shutDown(
  application: Application,
  seconds: number,
  options?: { replacedByNewWorker: boolean },
) {
  application.app.log.info({ drainSeconds: seconds }, "stopping");
  await application.drain(seconds, options);
  setTimeout(() => process.exit(1), EXIT_DEADLINE_MS).unref();
  await application.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
