import { type EntityTarget, In, type ObjectLiteral } from "typeorm";
import type { UnitOfWork } from "./unit-of-work.js";
import { WriteBehind } from "./write-behind.js";

/** What is in use all the time has its row written once in so long. */
const PRECISION_MS = 60_000;

interface Use {
  /** Of the project, for entities whose ids are unique only there. */
  scope: object;
  id: string;
  at: Date;
}

/** When something was last used, to the minute; written a few seconds later. */
export class UsageLog<Entity extends ObjectLiteral & { lastUsedAt: Date | null }> {
  readonly #uses: WriteBehind<Use>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly entity: EntityTarget<Entity>,
    private readonly idProperty: keyof Entity & string,
  ) {
    this.#uses = new WriteBehind(
      (older, newer) => (older.at > newer.at ? older : newer),
      (uses) => this.#write(uses),
    );
  }

  /** @param lastUsedAt as it is in the row */
  note(scope: Partial<Entity>, id: string, lastUsedAt: Date | null, at: Date): void {
    if (lastUsedAt && at.getTime() - lastUsedAt.getTime() < PRECISION_MS) return;
    this.#uses.add(`${Object.values(scope).join("\n")}\n${id}`, { scope, id, at });
  }

  async flush(): Promise<void> {
    await this.#uses.flush();
  }

  /** The uses of a project are one statement, with the time of the latest. */
  async #write(uses: readonly Use[]): Promise<void> {
    const groups = new Map<string, { scope: object; ids: string[]; at: Date }>();
    for (const { scope, id, at } of uses) {
      const key = JSON.stringify(scope);
      const group = groups.get(key) ?? { scope, ids: [], at };
      group.ids.push(id);
      if (at > group.at) group.at = at;
      groups.set(key, group);
    }
    await this.unitOfWork.write(async (manager) => {
      for (const { scope, ids, at } of groups.values()) {
        await manager
          .createQueryBuilder()
          .update(this.entity)
          .set({ lastUsedAt: at } as object)
          .where({ ...scope, [this.idProperty]: In(ids) })
          .andWhere("(last_used_at IS NULL OR last_used_at < :at)", { at })
          .execute();
      }
    });
  }
}
