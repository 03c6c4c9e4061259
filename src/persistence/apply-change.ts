import { isDeepStrictEqual } from "node:util";
import type { VersionedEntity } from "./versioned.entity.js";

/** The result of a change that the row alone does not show. */
export const CHANGED = "changed";

/** Any result but `CHANGED`, such as none, leaves the comparison of the row to decide. */
export type Mutate<Row> = (row: Row) => unknown;

/**
 * Lets `mutate` set properties of a loaded row (never edit their values in place), and gives the row a new
 * version if that has changed it. An update that changes nothing keeps the version and records no event, so
 * that a caller may repeat it.
 * @param mutate returns `CHANGED` if it has also changed what belongs to the row but is stored elsewhere
 * @returns whether the row has changed and must be stored
 */
export async function applyChange<Row extends VersionedEntity>(
  row: Row,
  now: Date,
  mutate: Mutate<Row>,
): Promise<boolean> {
  const before = { ...row };
  const outcome = await mutate(row);
  if (outcome !== CHANGED && isDeepStrictEqual(before, { ...row })) return false;
  row.updatedAt = now;
  row.version += 1;
  return true;
}
