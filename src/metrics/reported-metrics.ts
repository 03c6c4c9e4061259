import { setTimeout as sleep } from "node:timers/promises";
import { Counter, Gauge, Registry } from "prom-client";
import { addCounts, expose } from "./exposition.js";
import type { Metrics, Snapshot } from "./metrics.js";

/** From the primary to a worker. */
export interface MetricsRequest {
  kind: "metricsRequest";
  request: number;
  withDatabase: boolean;
}

/** From a worker to the primary, asked for or not. */
export interface MetricsReport {
  kind: "metrics";
  request: number | null;
  snapshot: Snapshot;
}

/** A process of node:cluster, as the other side sees it. */
export interface Peer {
  send(message: MetricsRequest | MetricsReport, callback: () => void): unknown;
}

/** A worker that is killed takes with it what it has counted since its last report. */
const REPORT_INTERVAL_MS = 1_000;
/** A worker that takes longer is shown as it last reported. Prometheus itself waits for 10 seconds. */
const REPORT_TIMEOUT_MS = 5_000;

/** Tells the primary what this worker counts: all the time, when it is asked, and a last time by `report`. */
export function reportMetrics(metrics: Metrics, worker: Peer & NodeJS.EventEmitter) {
  metrics.observeProcess();
  const report = async (request: number | null = null, withDatabase = false): Promise<void> => {
    const snapshot = await metrics.snapshot({ withDatabase });
    // The callback ignores the error of a primary that has ended.
    await new Promise<void>((resolve) => {
      worker.send({ kind: "metrics", request, snapshot }, resolve);
    });
  };
  worker.on("message", (message: Partial<MetricsRequest>) => {
    if (message.kind !== "metricsRequest") return;
    void report(message.request, message.withDatabase);
  });
  setInterval(() => void report(), REPORT_INTERVAL_MS).unref();
  return { report: () => report() };
}

/** In the primary: the metrics of all workers, with the counts of those that have ended. */
export class ReportedMetrics {
  readonly #latest = new Map<Peer, Snapshot>();
  #ofEnded: Promise<Snapshot> = Promise.resolve([]);
  /** What waits for reports, by worker and number of the request. */
  readonly #waiting = new Map<Peer, Map<number | null, () => void>>();
  #requests = 0;
  /** What the primary knows by itself. */
  readonly own = new Registry();
  readonly #exits = new Counter({
    name: "countersign_worker_exits_total",
    help: "Worker processes that ended by themselves. The primary starts others.",
    registers: [this.own],
  });

  constructor() {
    const latest = this.#latest;
    new Gauge({
      name: "countersign_workers",
      help: "Worker processes: those that serve, and those that finish their requests.",
      registers: [this.own],
      collect() {
        this.set(latest.size);
      },
    });
  }

  /** Takes part in `text` from now on. */
  add(worker: Peer): void {
    this.#latest.set(worker, []);
    this.#waiting.set(worker, new Map());
  }

  receive(worker: Peer, { request, snapshot }: MetricsReport): void {
    this.#latest.set(worker, snapshot);
    this.#waiting.get(worker)?.get(request)?.();
  }

  /** @param isFailure whether the worker was to go on serving */
  end(worker: Peer, isFailure: boolean): void {
    const last = this.#latest.get(worker) ?? [];
    this.#latest.delete(worker);
    for (const stopWaiting of this.#waiting.get(worker)?.values() ?? []) stopWaiting();
    this.#waiting.delete(worker);
    if (isFailure) this.#exits.inc();
    this.#ofEnded = this.#ofEnded.then((earlier) => addCounts(earlier, last));
  }

  async text(): Promise<string> {
    const request = ++this.#requests;
    await Promise.all(
      // One worker asks the database for all.
      [...this.#latest.keys()].map((worker, index) => this.#ask(worker, request, index === 0)),
    );
    const own = await this.own.getMetricsAsJSON();
    // Read at once, so that a worker that ends meanwhile is in one of them and not in both.
    const latest = [...this.#latest.values()];
    const ofEnded = await this.#ofEnded;
    return expose([own, ofEnded, ...latest]);
  }

  async #ask(worker: Peer, request: number, withDatabase: boolean): Promise<void> {
    const timeout = new AbortController();
    const answer = new Promise<void>((resolve) => {
      this.#waiting.get(worker)?.set(request, resolve);
      worker.send({ kind: "metricsRequest", request, withDatabase }, () => {});
    });
    const tooLate = sleep(REPORT_TIMEOUT_MS, undefined, timeout).catch(() => {});
    await Promise.race([answer, tooLate]);
    timeout.abort();
    this.#waiting.get(worker)?.delete(request);
  }
}
