import { type EntityTarget, type FindOptionsWhere, In } from "typeorm";
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
export class LastUsedTracker<
  Entity extends Record<TimeProperty, Date | null>,
  TimeProperty extends string = "lastUsedAt",
> {
  readonly #touches: WriteBehind<Touch>;
  readonly #timeColumn: string;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly entity: EntityTarget<Entity>,
    private readonly idProperty: keyof Entity & string,
    private readonly timeProperty = "lastUsedAt" as TimeProperty,
  ) {
    const metadata = unitOfWork.read.dataSource.getMetadata(entity);
    this.#timeColumn = metadata.findColumnWithPropertyName(timeProperty)?.databaseName ?? "";
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

  /**
   * Updates all rows of a scope by one statement, with the latest of their times. It leaves out rows that another
   * unit of work is changing, since waiting for several could deadlock. Their next use is recorded again.
   */
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
        const free = await this.unitOfWork.findUnlockedIds(this.entity, this.idProperty, {
          ...scope,
          [this.idProperty]: In(ids),
        } as FindOptionsWhere<Entity>);
        const column = this.#timeColumn;
        await manager
          .createQueryBuilder()
          .update(this.entity)
          .set({ [this.timeProperty]: at } as object)
          .where({ ...scope, [this.idProperty]: In(free) })
          // A time beyond the latest one comes from a wrong clock.
          .andWhere(`(${column} IS NULL OR ${column} < :at OR ${column} > :latest)`, { at, latest })
          .execute();
      }
    });
  }
}
