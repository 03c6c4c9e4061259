import { RESERVED_CLAIMS } from "../projects/claims-template.js";
import type { Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

export const MAX_CUSTOM_CLAIMS_BYTES = 4096;

const INPUT_PATH = ["input", "sessionCustomClaims"];

/**
 * A session's credential alone must not decide what our signature says about its holder.
 * @throws BAD_USER_INPUT, FORBIDDEN
 */
export function assertMaySetClaims(
  caller: Caller | null,
  claims: JsonObject | null | undefined,
): void {
  if (!claims) return;
  if (!caller) throw badUserInput(INPUT_PATH, "Needs a management key");
  if (caller.permissions.has("sessions:write")) return;
  throw new CountersignError("FORBIDDEN", "Needs the permission sessions:write", {
    path: INPUT_PATH,
  });
}

/**
 * Merges at the top level: a null deletes its claim, nested values are replaced whole.
 * @throws BAD_USER_INPUT for a reserved claim, and beyond 4 KB of JSON
 */
export function mergeCustomClaims(current: JsonObject, patch: JsonObject): JsonObject {
  const reserved = Object.keys(patch).find((name) => RESERVED_CLAIMS.has(name));
  if (reserved !== undefined) throw badUserInput([...INPUT_PATH, reserved], "Is a reserved claim");
  const kept = Object.entries(current).filter(([name]) => !Object.hasOwn(patch, name));
  const added = Object.entries(patch).filter(([, value]) => value !== null && value !== undefined);
  const merged = Object.fromEntries([...kept, ...added]);
  if (Buffer.byteLength(JSON.stringify(merged)) > MAX_CUSTOM_CLAIMS_BYTES) {
    throw badUserInput(INPUT_PATH, `May have at most ${MAX_CUSTOM_CLAIMS_BYTES} bytes as JSON`);
  }
  return merged;
}
