import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import { onStopSignals } from "./stop-signals.js";

/** What a worker tells the primary. The welcome may hold a secret: it is for the operator's eyes, not for the log. */
export type WorkerMessage =
  | { kind: "listening"; banner: string }
  | { kind: "failed"; message: string };

/** What the primary tells a worker whose place another one has taken; all else it says by signals. */
export const RETIRE = "replaced";

/** A worker that ends sooner may do so again and again. */
const HEALTHY_UPTIME_MS = 30_000;
const RESTART_BACKOFF_MIN_MS = 250;
const RESTART_BACKOFF_MAX_MS = 30_000;
const MAX_RAPID_EXITS = 5;

interface StartedWorker {
  worker: Worker;
  banner: string;
}

/** The primary of several processes on one machine: it serves nothing itself, and keeps workers that do. */
export class Supervisor {
  /** Those that start or take leave included. */
  readonly #running = new Set<Worker>();
  readonly #serving = new Set<Worker>();
  #isStopping = false;
  #exitCode = 0;
  #rapidExits = 0;
  #lastReported = "";

  constructor(
    private readonly program: string,
    private readonly count: number,
    private readonly log: FastifyBaseLogger,
  ) {}

  /** The first worker prepares the database; the others start when it listens. */
  async run(): Promise<void> {
    cluster.setupPrimary({ exec: this.program });
    onStopSignals(() => this.#stop());
    let reloads: Promise<void> | null = null;
    process.on("SIGHUP", () => {
      // While the first ones start there is nothing to reload.
      reloads = reloads?.then(() => this.#reload()) ?? null;
    });
    try {
      const { banner } = await this.#startWorker();
      const others = Array.from({ length: this.count - 1 }, () => this.#startWorker());
      const started = await Promise.allSettled(others);
      process.stderr.write(banner);
      for (const { status } of started) if (status === "rejected") void this.#restartWorker();
      reloads = Promise.resolve();
    } catch (error) {
      if (!this.#isStopping) throw error;
    }
  }

  /** Resolves when it listens; whatever ends it later is seen to here. */
  async #startWorker(): Promise<StartedWorker> {
    const worker = cluster.fork();
    const startedAt = performance.now();
    this.#running.add(worker);
    return new Promise((resolve, reject) => {
      let hasListened = false;
      let failure: string | undefined;
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "failed") {
          failure = message.message;
          return;
        }
        hasListened = true;
        this.#serving.add(worker);
        resolve({ worker, banner: message.banner });
      });
      void waitForExit(worker).then((exitStatus) => {
        this.#running.delete(worker);
        const wasServing = this.#serving.delete(worker);
        if (wasServing || !hasListened) {
          const wasHealthy = performance.now() - startedAt >= HEALTHY_UPTIME_MS;
          this.#rapidExits = wasHealthy ? 0 : this.#rapidExits + 1;
        }
        if (!hasListened)
          reject(new Error(failure ?? `A worker ended before it listened: ${exitStatus}`));
        else if (this.#isStopping && exitStatus !== 0) this.#exitCode = 1;
        if (this.#isStopping) this.#exitWhenAllWorkersExited();
        else if (wasServing) {
          this.log.error({ worker: worker.process.pid, how: exitStatus }, "a worker has ended");
          void this.#restartWorker();
        } else if (hasListened)
          this.log.info({ worker: worker.process.pid }, "an old worker has left");
      });
    });
  }

  async #restartWorker(): Promise<void> {
    while (!this.#isStopping) {
      if (this.#serving.size === 0 && this.#rapidExits >= MAX_RAPID_EXITS) {
        this.log.fatal("workers end again and again, and none is left");
        this.#exitCode = 1;
        this.#stop();
        return;
      }
      await sleep(
        Math.min(RESTART_BACKOFF_MIN_MS * 2 ** (this.#rapidExits - 1), RESTART_BACKOFF_MAX_MS),
      );
      if (this.#isStopping) return;
      try {
        await this.#startWorker();
        return;
      } catch (error) {
        this.#reportStartFailure(error);
      }
    }
  }

  /** New workers in the place of those that serve, one after another; an old one leaves when the new one listens. */
  async #reload(): Promise<void> {
    this.log.info("reloading");
    for (const old of [...this.#serving]) {
      // One that has died meanwhile has been replaced.
      if (this.#isStopping || !this.#serving.has(old)) continue;
      try {
        await this.#startWorker();
      } catch (error) {
        if (this.#isStopping) return;
        this.#reportStartFailure(error);
        this.log.error("a new worker did not start: the old ones stay");
        return;
      }
      this.#serving.delete(old);
      // One that has just died needs no order.
      old.send(RETIRE, () => {});
    }
    this.log.info("reloaded");
  }

  /** Asked a second time, it waits for nobody. */
  #stop(): void {
    const signal = this.#isStopping ? "SIGKILL" : "SIGTERM";
    this.#isStopping = true;
    for (const worker of this.#running) worker.process.kill(signal);
    this.#exitWhenAllWorkersExited();
  }

  #exitWhenAllWorkersExited(): void {
    if (this.#running.size === 0) process.exit(this.#exitCode);
  }

  /** Why a worker does not start; several have the same reason. */
  #reportStartFailure(error: unknown): void {
    const { message } = error as Error;
    if (message === this.#lastReported || this.#isStopping) return;
    this.#lastReported = message;
    process.stderr.write(`${message}\n`);
  }
}

/** Its exit code or signal, when it has ended and all that it has told has arrived. */
async function waitForExit(worker: Worker): Promise<number | string> {
  const exit = new Promise<number | string>((resolve) => {
    worker.once("exit", (code: number, signal: string | null) => resolve(signal ?? code));
    // The machine may have no room for it. Otherwise something was on its way to one that has died.
    worker.on("error", () => {
      if (worker.process.pid === undefined) resolve("no process could be made");
    });
  });
  const disconnected = new Promise<void>((resolve) => {
    worker.once("disconnect", resolve);
  });
  const exitStatus = await exit;
  if (worker.process.pid !== undefined) await disconnected;
  return exitStatus;
}
