import type { EntityTarget, ObjectLiteral } from "typeorm";
import type { UnitOfWork } from "./unit-of-work.js";

const MAX_PENDING = 10_000;

/**
 * Remembers in memory when something was last used, and writes it later in one unit of work, so
 * that no request waits for it. When too much is pending, further uses are not noted: a time of
 * last use may be late, a token may not.
 */
export class UsageLog<Entity extends ObjectLiteral & { lastUsedAt: Date | null }> {
  #pending = new Map<string, { where: Partial<Entity>; at: Date }>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly entity: EntityTarget<Entity>,
  ) {}

  note(where: Partial<Entity>, at: Date): void {
    const key = Object.values(where).join("\n");
    if (this.#pending.size < MAX_PENDING || this.#pending.has(key)) {
      this.#pending.set(key, { where, at });
    }
  }

  async flush(): Promise<void> {
    const uses = [...this.#pending.values()];
    this.#pending = new Map();
    if (uses.length === 0) return;
    await this.unitOfWork.write(async (manager) => {
      for (const { where, at } of uses) {
        await manager
          .createQueryBuilder()
          .update(this.entity)
          .set({ lastUsedAt: at } as object)
          .where(where)
          .andWhere("(last_used_at IS NULL OR last_used_at < :at)", { at })
          .execute();
      }
    });
  }
}
