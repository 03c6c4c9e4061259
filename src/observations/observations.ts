import { MoreThan } from "typeorm";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { WriteBehind } from "../persistence/write-behind.js";
import { type Clock, hasEnded, secondsFrom } from "../shared/clock.js";
import { Observation, type ObservationKind } from "./observation.entity.js";

/** An observation that is made all the time is written once in this interval. */
const PRECISION_SECONDS = 600;
/** Afterwards housekeeping deletes an observation that nobody has made again. */
export const RETENTION_SECONDS = 24 * 3600;
const MAX_LISTED = 1000;
/** Subjects of one kind that a process keeps: callers choose some of them. */
const MAX_SUBJECTS = 50;

interface Fact {
  kind: ObservationKind;
  subject: string;
  /** Null: the subject is as it should be. */
  detail: string | null;
  at: Date;
}

/** Keeps what processes observe in the database, so that `doctor` and every process see it. */
export class Observations {
  readonly #facts: WriteBehind<Fact>;
  readonly #known = new Map<ObservationKind, Map<string, Fact>>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {
    this.#facts = new WriteBehind(
      (_older, newer) => newer,
      (facts) => this.#write(facts),
    );
  }

  /** @param detail half a sentence for operators, without secrets; null if the subject is as it should be */
  record(kind: ObservationKind, subject: string, detail: string | null): void {
    const known = this.#known.get(kind) ?? new Map<string, Fact>();
    this.#known.set(kind, known);
    const former = known.get(subject);
    if (detail === null && former?.detail === null) return;
    const now = this.clock.now();
    const isRecent =
      former && !hasEnded(secondsFrom(former.at, PRECISION_SECONDS), now, PRECISION_SECONDS);
    if (isRecent && former.detail === detail) return;
    if (!former && known.size >= MAX_SUBJECTS) return;
    const fact = { kind, subject, detail, at: now };
    known.set(subject, fact);
    this.#facts.add(`${kind}\n${subject}`, fact);
  }

  async flush(): Promise<void> {
    await this.#facts.flush();
  }

  /** What has been observed within the last day. Processes bound how much that is. */
  async list(): Promise<Observation[]> {
    const since = secondsFrom(this.clock.now(), -RETENTION_SECONDS);
    return this.unitOfWork.read.find(Observation, {
      where: { observedAt: MoreThan(since) },
      order: { kind: "ASC", subject: "ASC" },
      take: MAX_LISTED,
    });
  }

  async #write(facts: readonly Fact[]): Promise<void> {
    await this.unitOfWork.write(async (manager) => {
      for (const { kind, subject, detail, at } of facts) {
        if (detail === null) await manager.delete(Observation, { kind, subject });
        else {
          const row = { kind, subject, detail, observedAt: at };
          await manager.upsert(Observation, row, ["kind", "subject"]);
        }
      }
    });
  }
}
