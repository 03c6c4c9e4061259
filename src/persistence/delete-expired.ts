import { setImmediate } from "node:timers/promises";
import type { EntityTarget, ObjectLiteral } from "typeorm";
import type { UnitOfWork } from "./unit-of-work.js";

/** Rows per unit of work, so that none delays other writes for long. */
const BATCH_SIZE = 500;

export interface Expiry<Entity> {
  entity: EntityTarget<Entity>;
  /** The property that holds the time of expiry. */
  property: keyof Entity & string;
  before: Date;
  /** An SQL condition that rows must also meet. */
  condition?: string;
}

/**
 * Deletes the expired rows of an entity in batches, until none is left or `signal` is aborted. Requests get
 * their turn between batches, also on SQLite, whose driver is synchronous.
 */
export async function deleteExpired<Entity extends ObjectLiteral>(
  unitOfWork: UnitOfWork,
  { entity, property, before, condition = "1 = 1" }: Expiry<Entity>,
  signal: AbortSignal,
): Promise<void> {
  const { dataSource } = unitOfWork.read;
  const metadata = dataSource.getMetadata(entity);
  const key = metadata.primaryColumns.map(({ databaseName }) => `"${databaseName}"`).join(", ");
  const column = metadata.findColumnWithPropertyName(property)?.databaseName;
  const isExpired = `${condition} AND "${column}" <= :before`;
  // Waiting for a row that another transaction renews could deadlock with that transaction.
  const lock = dataSource.options.type === "postgres" ? "FOR UPDATE SKIP LOCKED" : "";
  const batch = `SELECT ${key} FROM "${metadata.tableName}" WHERE ${isExpired} LIMIT ${BATCH_SIZE} ${lock}`;
  while (!signal.aborted) {
    const { affected } = await unitOfWork.write((manager) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(entity)
        // Another transaction may renew a row after the SELECT, so the DELETE checks the expiry again.
        .where(`${isExpired} AND (${key}) IN (${batch})`, { before })
        .execute(),
    );
    // A condition may hold for other rows, after these are deleted.
    if (!affected) return;
    await setImmediate();
  }
}
