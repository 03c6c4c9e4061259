import type { Observation, ObservationKind } from "../observations/observation.entity.js";
import type { Clock } from "../shared/clock.js";

/** What a command observes itself, which it does not write into the database. */
export class FreshObservations {
  readonly #fresh = new Map<string, Observation | null>();

  constructor(private readonly clock: Clock) {}

  record(kind: ObservationKind, subject: string, detail: string | null): void {
    const observedAt = this.clock.now();
    const observation = detail === null ? null : { kind, subject, detail, observedAt };
    this.#fresh.set(keyOf({ kind, subject }), observation);
  }

  /** These instead of what processes have observed of the same subjects. */
  over(kept: readonly Observation[]): Observation[] {
    const fresh = [...this.#fresh.values()].filter((observation) => observation !== null);
    return [...kept.filter((observation) => !this.#fresh.has(keyOf(observation))), ...fresh];
  }
}

const keyOf = ({ kind, subject }: Pick<Observation, "kind" | "subject">) => `${kind}\n${subject}`;
