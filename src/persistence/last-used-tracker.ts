import { type EntityTarget, In, type ObjectLiteral } from "typeorm";
import { type Clock, hasEnded, latestElsewhere, secondsFrom } from "../shared/clock.js";
import type { UnitOfWork } from "./unit-of-work.js";
import { WriteBehind } from "./write-behind.js";

/** A row that is used all the time is written once in this interval. */
const PRECISION_SECONDS = 60;

interface Touch {
  /** The project, for entities whose ids are unique only within a project. */
  scope: object;
  id: string;
  at: Date;
}

/** Records when a row was last used, to the minute. Writes it a few seconds later. */
export class LastUsedTracker<Entity extends ObjectLiteral & { lastUsedAt: Date | null }> {
  readonly #touches: WriteBehind<Touch>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly entity: EntityTarget<Entity>,
    private readonly idProperty: keyof Entity & string,
  ) {
    this.#touches = new WriteBehind(
      (older, newer) => (older.at > newer.at ? older : newer),
      (touches) => this.#write(touches),
    );
  }

  /** @param lastUsedAt the stored value */
  touch(scope: Partial<Entity>, id: string, lastUsedAt: Date | null, at: Date): void {
    const isRecent =
      lastUsedAt && !hasEnded(secondsFrom(lastUsedAt, PRECISION_SECONDS), at, PRECISION_SECONDS);
    if (isRecent) return;
    this.#touches.add(`${Object.values(scope).join("\n")}\n${id}`, { scope, id, at });
  }

  async flush(): Promise<void> {
    await this.#touches.flush();
  }

  /** Updates all rows of a scope by one statement, with the latest of their times. */
  async #write(touches: readonly Touch[]): Promise<void> {
    const groups = new Map<string, { scope: object; ids: string[]; at: Date }>();
    for (const { scope, id, at } of touches) {
      const key = JSON.stringify(scope);
      const group = groups.get(key) ?? { scope, ids: [], at };
      group.ids.push(id);
      if (at > group.at) group.at = at;
      groups.set(key, group);
    }
    const latest = latestElsewhere(this.clock.now());
    await this.unitOfWork.write(async (manager) => {
      for (const { scope, ids, at } of groups.values()) {
        await manager
          .createQueryBuilder()
          .update(this.entity)
          .set({ lastUsedAt: at } as object)
          .where({ ...scope, [this.idProperty]: In(ids) })
          // A time beyond the latest one comes from a wrong clock.
          .andWhere("(last_used_at IS NULL OR last_used_at < :at OR last_used_at > :latest)", {
            at,
            latest,
          })
          .execute();
      }
    });
  }
}
