import { CountersignError } from "../shared/errors.js";

/** Optimistic locking: a caller who saw an older version is told, instead of overwriting. */
export function assertVersion(version: number, expected: number | null | undefined): void {
  if (expected !== null && expected !== undefined && expected !== version) {
    throw new CountersignError("CONFLICT", "It was changed by somebody else in the meantime", {
      path: ["input", "expectedVersion"],
    });
  }
}
