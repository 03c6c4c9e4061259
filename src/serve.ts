import type { Worker } from "node:cluster";
import { availableParallelism } from "node:os";
import type { Config } from "./config.js";
import { type Countersign, startCountersign } from "./countersign.js";
import type { DatabaseLocation } from "./database/data-source.js";
import { batchedStandardOutput } from "./log-stream.js";
import { systemClock } from "./shared/clock.js";
import { onStopSignals, SIGNALS_TO_ONE } from "./stop-signals.js";
import { REPLACED, type Report } from "./supervisor.js";
import { welcome } from "./welcome.js";

export interface ServeOptions extends Omit<Config, "masterKeys"> {
  database: DatabaseLocation;
  masterKeys: readonly [Uint8Array, ...Uint8Array[]];
  /** Told of what the start waits for. */
  report: (sentence: string) => void;
}

/** A database that does not answer does not keep the process. */
const EXIT_DEADLINE_MS = 25_000;
/** Connections that are in use are closed one by one meanwhile, each after an answer. */
const REPLACED_DRAIN_SECONDS = 5;

/** The only process: a signal ends it, a second one at once. */
export async function serveAlone(options: ServeOptions): Promise<void> {
  const { server, text } = await start(options);
  onStopSignals((isSecond) => {
    // Not left to the signal: it does nothing to the first process of a container.
    if (isSecond) process.exit(1);
    void end(server, options.drainSeconds);
  }, SIGNALS_TO_ONE);
  // Not among the log lines of standard output.
  process.stderr.write(text);
}

/** One of several processes: the primary speaks to the operator, and ends without it make no sense. */
export async function serveAsWorker(options: ServeOptions, worker: Worker): Promise<void> {
  // A terminal sends it to all of its processes. It is for the primary.
  process.on("SIGHUP", () => {});
  const { server, text } = await start(options);
  let isLeaving = false;
  const leave = (seconds: number, how?: { isReplaced: boolean }) => {
    if (isLeaving) return;
    isLeaving = true;
    void end(server, seconds, how);
  };
  // Terminals and service managers signal all processes, and then the primary does: that is one order.
  onStopSignals(() => leave(options.drainSeconds));
  worker.on("message", (order) => {
    const seconds = Math.max(options.drainSeconds, REPLACED_DRAIN_SECONDS);
    if (order === REPLACED) leave(seconds, { isReplaced: true });
  });
  worker.once("disconnect", () => {
    // Otherwise Node.js ends the process before it has answered what is in flight.
    worker.exitedAfterDisconnect = true;
    leave(0);
  });
  worker.send({ kind: "listening", welcome: text } satisfies Report);
}

async function start(options: ServeOptions) {
  const threads = Math.floor((availableParallelism() - 1) / options.workers);
  const server = await startCountersign({
    ...options,
    clock: systemClock,
    logStream: batchedStandardOutput(),
    slowHashThreads: Math.max(1, threads),
  });
  const project = await server.services.projectStore.findDefault();
  return { server, text: welcome(options, project?.projectId ?? "", server.firstProject) };
}

async function end(server: Countersign, seconds: number, how?: { isReplaced: boolean }) {
  server.app.log.info({ drainSeconds: seconds }, "stopping");
  await server.drain(seconds, how);
  setTimeout(() => process.exit(1), EXIT_DEADLINE_MS).unref();
  await server.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
