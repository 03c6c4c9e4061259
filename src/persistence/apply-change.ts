import { isDeepStrictEqual } from "node:util";
import type { VersionedEntity } from "./versioned.entity.js";

/**
 * Lets `mutate` set properties of a loaded row (never edit their values in place), and gives the row a new version if that has changed it. An update that
 * changes nothing keeps the version and records no event, so that a caller may repeat it.
 * @returns whether the row has changed and must be stored
 */
export async function applyChange<Row extends VersionedEntity>(
  row: Row,
  now: Date,
  mutate: (row: Row) => void | Promise<void>,
): Promise<boolean> {
  const before = { ...row };
  await mutate(row);
  if (isDeepStrictEqual(before, { ...row })) return false;
  row.updatedAt = now;
  row.version += 1;
  return true;
}
