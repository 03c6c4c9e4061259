import type { Clock } from "../shared/clock.js";
import type { Observations } from "./observations.js";

/** A shorter failure is an outage of the database, which the log and `/readyz` tell of. */
const LASTING_SECONDS = 600;

/** Notices tasks of the housekeeping that go on failing. */
export class TaskObserver {
  readonly #failingSince = new Map<string, Date>();

  constructor(
    private readonly observations: Pick<Observations, "record">,
    private readonly clock: Clock,
  ) {}

  succeeded(task: string): void {
    if (this.#failingSince.delete(task)) {
      this.observations.record("HOUSEKEEPING_FAILS", task, null);
    }
  }

  failed(task: string): void {
    const now = this.clock.now();
    const since = this.#failingSince.get(task) ?? now;
    this.#failingSince.set(task, since);
    if (now.getTime() - since.getTime() >= LASTING_SECONDS * 1000) {
      const detail = `has failed since ${since.toISOString()}`;
      this.observations.record("HOUSEKEEPING_FAILS", task, detail);
    }
  }
}
