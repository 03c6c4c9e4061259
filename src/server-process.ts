import type { Worker } from "node:cluster";
import { availableParallelism } from "node:os";
import { type Application, startApplication } from "./application.js";
import type { Config } from "./config.js";
import type { DatabaseLocation } from "./database/data-source.js";
import type { FirstSecret } from "./first-secret.js";
import { batchedStandardOutput } from "./log-stream.js";
import { expose } from "./metrics/exposition.js";
import { reportMetrics } from "./metrics/reported-metrics.js";
import type { Surroundings } from "./readiness/readiness.js";
import type { MasterKeys } from "./setting-rules.js";
import { systemClock } from "./shared/clock.js";
import { startMetricsServer } from "./start-metrics-server.js";
import { startupBanner } from "./startup-banner.js";
import { onStopSignals, SINGLE_PROCESS_SIGNALS } from "./stop-signals.js";
import { RETIRE, type WorkerMessage } from "./worker-supervisor.js";

export interface RunOptions extends Omit<Config, "masterKeys"> {
  surroundings: Surroundings;
  explorerFolder: string;
  database: DatabaseLocation;
  masterKeys: MasterKeys;
  firstSecret: FirstSecret;
  /** Receives messages for the operator during startup. */
  onStartupProgress: (message: string) => void;
}

/** Ends a shutdown that waits for a database that does not answer. */
const EXIT_DEADLINE_MS = 25_000;
/** Time for the connections of a replaced worker, each of which closes after its next response. */
const REPLACED_DRAIN_SECONDS = 5;

/** Runs the server as the only process. A signal shuts it down; a second signal ends it at once. */
export async function runSingleProcess(options: RunOptions): Promise<void> {
  let running: Application | null = null;
  // The signal's default action has no effect on process 1 of a container.
  onStopSignals((isRepeated) => {
    // A start that waits for its database has nothing to finish.
    if (!running) process.exit(0);
    if (isRepeated) process.exit(1);
    void shutDown(running, options.drainSeconds);
  }, SINGLE_PROCESS_SIGNALS);
  const { application, banner } = await start(options);
  running = application;
  if (options.metrics) {
    const { metrics } = application.services;
    metrics.observeProcess();
    const text = async () => expose([await metrics.snapshot({ withDatabase: true })]);
    await startMetricsServer(options.metrics, text, application.app.log);
  }
  // Standard output is for log lines only.
  process.stderr.write(banner);
}

/** Runs the server as one of several processes. The primary talks to the operator and stops the workers. */
export async function runWorker(options: RunOptions, worker: Worker): Promise<void> {
  // A terminal sends SIGHUP to all its processes; only the primary handles it.
  process.on("SIGHUP", () => {});
  const { application, banner } = await start(options);
  const { services } = application;
  const reports = options.metrics && reportMetrics(services.metrics, worker);
  let isShuttingDown = false;
  const shutDownOnce = (seconds: number, drainOptions?: { replacedByNewWorker: boolean }) => {
    if (isShuttingDown) return;
    isShuttingDown = true;
    void shutDown(application, seconds, drainOptions, reports?.report);
  };
  // A terminal or service manager signals all processes, and the primary then signals its workers again.
  onStopSignals(() => shutDownOnce(options.drainSeconds));
  worker.on("message", (message) => {
    const seconds = Math.max(options.drainSeconds, REPLACED_DRAIN_SECONDS);
    if (message === RETIRE) shutDownOnce(seconds, { replacedByNewWorker: true });
  });
  worker.once("disconnect", () => {
    // Otherwise Node.js ends the process before it has answered the requests in flight.
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
    logStream: batchedStandardOutput({ isShared: options.workers > 1 }),
    slowHashThreads: Math.max(1, threads),
  });
  const { projectStore } = application.services;
  const project = await projectStore.findDefault();
  const shown = {
    projectId: project?.projectId ?? "",
    issuer: project ? projectStore.issuerFor(project) : "",
  };
  return { application, banner: startupBanner(options, shown, application.firstProject) };
}

async function shutDown(
  application: Application,
  seconds: number,
  options?: { replacedByNewWorker: boolean },
  beforeExit: () => Promise<void> = async () => {},
) {
  application.app.log.info({ drainSeconds: seconds }, "stopping");
  await application.drain(seconds, options);
  setTimeout(() => process.exit(1), EXIT_DEADLINE_MS).unref();
  const exitCode = await application.close().then(
    () => 0,
    () => 1,
  );
  await beforeExit();
  process.exit(exitCode);
}
