import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { MetricsReport, ReportedMetrics } from "./metrics/reported-metrics.js";
import { onStopSignals } from "./stop-signals.js";

/** Messages from a worker to the primary. The banner may hold a secret, so it must not reach the log. */
export type WorkerMessage =
  | { kind: "listening"; banner: string }
  | { kind: "failed"; message: string }
  | MetricsReport;

/** The message from the primary to a worker that has been replaced. All other orders are signals. */
export const RETIRE = "replaced";

/** An exit after a shorter uptime counts as rapid. */
const HEALTHY_UPTIME_MS = 30_000;
const RESTART_BACKOFF_MIN_MS = 250;
const RESTART_BACKOFF_MAX_MS = 30_000;
const MAX_RAPID_EXITS = 5;

interface StartedWorker {
  worker: Worker;
  banner: string;
}

/** Runs in the primary process: starts the workers, restarts those that fail, and replaces all on SIGHUP. */
export class Supervisor {
  /** All worker processes, including those that are starting or draining. */
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
    /** Absent: nobody reads metrics. */
    private readonly metrics?: ReportedMetrics,
  ) {}

  /** Starts one worker, which prepares the database, and the others once it listens. */
  async run(): Promise<void> {
    cluster.setupPrimary({ exec: this.program });
    onStopSignals(() => this.#stop());
    let reloads: Promise<void> | null = null;
    process.on("SIGHUP", () => {
      // Null until the first workers listen: there is nothing to reload yet.
      reloads = reloads?.then(() => this.#reload()) ?? null;
    });
    try {
      const { banner } = await this.#startWorker();
      const others = Array.from({ length: this.count - 1 }, () => this.#startWorker());
      const results = await Promise.allSettled(others);
      process.stderr.write(banner);
      for (const { status } of results) if (status === "rejected") void this.#restartWorker();
      reloads = Promise.resolve();
    } catch (error) {
      if (!this.#isStopping) throw error;
    }
  }

  /** Resolves when the worker listens. Handles its exit, whenever that happens. */
  async #startWorker(): Promise<StartedWorker> {
    const worker = cluster.fork();
    const startedAt = performance.now();
    this.#running.add(worker);
    return new Promise((resolve, reject) => {
      let hasListened = false;
      let failure: string | undefined;
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "metrics") this.metrics?.receive(worker, message);
        else if (message.kind === "failed") failure = message.message;
        else {
          hasListened = true;
          this.#serving.add(worker);
          this.metrics?.add(worker);
          resolve({ worker, banner: message.banner });
        }
      });
      void waitForExit(worker).then((exitStatus) => {
        if (!hasListened)
          reject(new Error(failure ?? `A worker exited before it listened: ${exitStatus}`));
        const uptimeMs = performance.now() - startedAt;
        this.#onExit(worker, exitStatus, { hasListened, uptimeMs });
      });
    });
  }

  #onExit(
    worker: Worker,
    exitStatus: number | string,
    { hasListened, uptimeMs }: { hasListened: boolean; uptimeMs: number },
  ): void {
    this.#running.delete(worker);
    const wasServing = this.#serving.delete(worker);
    this.metrics?.end(worker, wasServing && !this.#isStopping);
    if (wasServing || !hasListened) {
      this.#rapidExits = uptimeMs >= HEALTHY_UPTIME_MS ? 0 : this.#rapidExits + 1;
    }
    if (this.#isStopping) {
      if (hasListened && exitStatus !== 0) this.#exitCode = 1;
      this.#exitWhenAllWorkersExited();
    } else if (wasServing) {
      this.log.error({ worker: worker.process.pid, how: exitStatus }, "a worker exited");
      void this.#restartWorker();
    } else if (hasListened) {
      this.log.info({ worker: worker.process.pid }, "a replaced worker exited");
    }
  }

  async #restartWorker(): Promise<void> {
    while (!this.#isStopping) {
      if (this.#serving.size === 0 && this.#rapidExits >= MAX_RAPID_EXITS) {
        this.log.fatal("workers exit again and again, and none is left: stopping");
        this.#exitCode = 1;
        this.#stop();
        return;
      }
      const backoffMs = RESTART_BACKOFF_MIN_MS * 2 ** (this.#rapidExits - 1);
      await sleep(Math.min(backoffMs, RESTART_BACKOFF_MAX_MS));
      if (this.#isStopping) return;
      try {
        await this.#startWorker();
        return;
      } catch (error) {
        this.#reportStartFailure(error);
      }
    }
  }

  /** Replaces the serving workers one after another. An old worker retires when its replacement listens. */
  async #reload(): Promise<void> {
    this.log.info("reloading");
    for (const old of [...this.#serving]) {
      // A worker that has exited since is already being replaced.
      if (this.#isStopping || !this.#serving.has(old)) continue;
      try {
        await this.#startWorker();
      } catch (error) {
        if (this.#isStopping) return;
        this.#reportStartFailure(error);
        this.log.error("reload failed: a new worker did not start, and the old workers stay");
        return;
      }
      this.#serving.delete(old);
      // The callback ignores the error of a worker that has just exited.
      old.send(RETIRE, () => {});
    }
    this.log.info("reloaded");
  }

  /** The first call lets the workers shut down. The second call kills them. */
  #stop(): void {
    const signal = this.#isStopping ? "SIGKILL" : "SIGTERM";
    this.#isStopping = true;
    for (const worker of this.#running) worker.process.kill(signal);
    this.#exitWhenAllWorkersExited();
  }

  #exitWhenAllWorkersExited(): void {
    if (this.#running.size === 0) process.exit(this.#exitCode);
  }

  /** Prints why a worker did not start, once for workers that fail for the same reason. */
  #reportStartFailure(error: unknown): void {
    const { message } = error as Error;
    if (message === this.#lastReported || this.#isStopping) return;
    this.#lastReported = message;
    process.stderr.write(`${message}\n`);
  }
}

/** Resolves with the exit code or signal after the worker has exited and all its messages have arrived. */
async function waitForExit(worker: Worker): Promise<number | string> {
  const exit = new Promise<number | string>((resolve) => {
    worker.once("exit", (code: number, signal: string | null) => resolve(signal ?? code));
    // Without a pid the operating system could not create the process. With one, a message failed to arrive.
    worker.on("error", () => {
      if (worker.process.pid === undefined) resolve("the process could not be created");
    });
  });
  const disconnected = new Promise<void>((resolve) => {
    worker.once("disconnect", resolve);
  });
  const exitStatus = await exit;
  if (worker.process.pid !== undefined) await disconnected;
  return exitStatus;
}
