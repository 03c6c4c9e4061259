import { RESERVED_CLAIMS } from "../projects/claims-template.js";
import { badUserInput } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

export const MAX_CUSTOM_CLAIMS_BYTES = 4096;

/**
 * Merges at the top level: a null deletes its claim, nested values are replaced whole.
 * @throws BAD_USER_INPUT for a reserved claim, and beyond 4 KB of JSON
 */
export function mergeCustomClaims(current: JsonObject, patch: JsonObject): JsonObject {
  const at = ["input", "sessionCustomClaims"];
  const reserved = Object.keys(patch).find((name) => RESERVED_CLAIMS.has(name));
  if (reserved !== undefined) throw badUserInput([...at, reserved], "Is a reserved claim");
  const kept = Object.entries(current).filter(([name]) => !Object.hasOwn(patch, name));
  const added = Object.entries(patch).filter(([, value]) => value !== null && value !== undefined);
  const merged = Object.fromEntries([...kept, ...added]);
  if (Buffer.byteLength(JSON.stringify(merged)) > MAX_CUSTOM_CLAIMS_BYTES) {
    throw badUserInput(at, `May have at most ${MAX_CUSTOM_CLAIMS_BYTES} bytes as JSON`);
  }
  return merged;
}
