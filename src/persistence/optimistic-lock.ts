import { CountersignError } from "../shared/errors.js";

/**
 * Optimistic locking: prevents a caller from overwriting a version that it has not read.
 * @throws VERSION_CONFLICT
 */
export function assertVersion(version: number, expected: number | null | undefined): void {
  if (expected !== null && expected !== undefined && expected !== version) {
    throw versionConflict();
  }
}

export function versionConflict() {
  return new CountersignError(
    "VERSION_CONFLICT",
    "The version has changed since it was read: read it again and retry",
    { path: ["input", "expectedVersion"] },
  );
}
