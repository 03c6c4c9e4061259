import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import { onStopSignals } from "./stop-signals.js";

/** What a worker tells the primary. The welcome may hold a secret: it is for the operator's eyes, not for the log. */
export type Report = { kind: "listening"; welcome: string } | { kind: "failed"; message: string };

/** What the primary tells a worker whose place another one has taken; all else it says by signals. */
export const REPLACED = "replaced";

/** A worker that ends sooner may do so again and again. */
const STEADY_MS = 30_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const HASTY_ENDS_BEFORE_GIVING_UP = 5;

interface Started {
  worker: Worker;
  welcome: string;
}

/** The primary of several processes on one machine: it serves nothing itself, and keeps workers that do. */
export class Supervisor {
  /** Those that start or take leave included. */
  readonly #running = new Set<Worker>();
  readonly #serving = new Set<Worker>();
  #isStopping = false;
  #exitCode = 0;
  #hastyEnds = 0;
  #lastTold = "";

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
      const { welcome } = await this.#launch();
      const others = Array.from({ length: this.count - 1 }, () => this.#launch());
      const started = await Promise.allSettled(others);
      process.stderr.write(welcome);
      for (const { status } of started) if (status === "rejected") void this.#replace();
      reloads = Promise.resolve();
    } catch (error) {
      if (!this.#isStopping) throw error;
    }
  }

  /** Resolves when it listens; whatever ends it later is seen to here. */
  async #launch(): Promise<Started> {
    const worker = cluster.fork();
    const startedAt = performance.now();
    this.#running.add(worker);
    return new Promise((resolve, reject) => {
      let hasListened = false;
      let failure: string | undefined;
      worker.on("message", (report: Report) => {
        if (report.kind === "failed") {
          failure = report.message;
          return;
        }
        hasListened = true;
        this.#serving.add(worker);
        resolve({ worker, welcome: report.welcome });
      });
      void endOf(worker).then((how) => {
        this.#running.delete(worker);
        const wasServing = this.#serving.delete(worker);
        if (wasServing || !hasListened) {
          const isSteady = performance.now() - startedAt >= STEADY_MS;
          this.#hastyEnds = isSteady ? 0 : this.#hastyEnds + 1;
        }
        if (!hasListened) reject(new Error(failure ?? `A worker ended before it listened: ${how}`));
        else if (this.#isStopping && how !== 0) this.#exitCode = 1;
        if (this.#isStopping) this.#exitWhenAllHaveEnded();
        else if (wasServing) {
          this.log.error({ worker: worker.process.pid, how }, "a worker has ended");
          void this.#replace();
        } else if (hasListened)
          this.log.info({ worker: worker.process.pid }, "an old worker has left");
      });
    });
  }

  async #replace(): Promise<void> {
    while (!this.#isStopping) {
      if (this.#serving.size === 0 && this.#hastyEnds >= HASTY_ENDS_BEFORE_GIVING_UP) {
        this.log.fatal("workers end again and again, and none is left");
        this.#exitCode = 1;
        this.#stop();
        return;
      }
      await sleep(Math.min(FIRST_DELAY_MS * 2 ** (this.#hastyEnds - 1), LONGEST_DELAY_MS));
      if (this.#isStopping) return;
      try {
        await this.#launch();
        return;
      } catch (error) {
        this.#tell(error);
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
        await this.#launch();
      } catch (error) {
        if (this.#isStopping) return;
        this.#tell(error);
        this.log.error("a new worker did not start: the old ones stay");
        return;
      }
      this.#serving.delete(old);
      // One that has just died needs no order.
      old.send(REPLACED, () => {});
    }
    this.log.info("reloaded");
  }

  /** Asked a second time, it waits for nobody. */
  #stop(): void {
    const signal = this.#isStopping ? "SIGKILL" : "SIGTERM";
    this.#isStopping = true;
    for (const worker of this.#running) worker.process.kill(signal);
    this.#exitWhenAllHaveEnded();
  }

  #exitWhenAllHaveEnded(): void {
    if (this.#running.size === 0) process.exit(this.#exitCode);
  }

  /** Why a worker does not start; several have the same reason. */
  #tell(error: unknown): void {
    const { message } = error as Error;
    if (message === this.#lastTold || this.#isStopping) return;
    this.#lastTold = message;
    process.stderr.write(`${message}\n`);
  }
}

/** Its exit code or signal, when it has ended and all that it has told has arrived. */
async function endOf(worker: Worker): Promise<number | string> {
  const exit = new Promise<number | string>((resolve) => {
    worker.once("exit", (code: number, signal: string | null) => resolve(signal ?? code));
    // The machine may have no room for it. Otherwise something was on its way to one that has died.
    worker.on("error", () => {
      if (worker.process.pid === undefined) resolve("no process could be made");
    });
  });
  const hasToldAll = new Promise<void>((resolve) => {
    worker.once("disconnect", resolve);
  });
  const how = await exit;
  if (worker.process.pid !== undefined) await hasToldAll;
  return how;
}
