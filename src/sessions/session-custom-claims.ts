import {
  hasOuterSpace,
  OUTER_SPACE,
  SESSION_RESERVED_CLAIMS,
} from "../projects/reserved-claims.js";
import type { Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { applyMergePatch } from "../shared/json-merge-patch.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

export const MAX_CUSTOM_CLAIMS_BYTES = 4096;

const INPUT_PATH = ["input", "sessionCustomClaims"];

/**
 * Only a management key may set custom claims: a member must not choose the claims that this server signs
 * about it.
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
 * Merges claims at every depth, as Stytch does: null deletes.
 * @throws BAD_USER_INPUT for a reserved claim, and for more than 4 KB of JSON
 */
export function mergeCustomClaims(current: JsonObject, patch: JsonObject): JsonObject {
  // Names that have been reserved since can be deleted.
  const names = Object.keys(patch).filter((name) => patch[name] !== null);
  const reserved = names.find((name) => SESSION_RESERVED_CLAIMS.has(name));
  if (reserved !== undefined) {
    throw badUserInput(
      [...INPUT_PATH, reserved],
      `Must not be a reserved claim: ${SESSION_RESERVED_CLAIMS}`,
    );
  }
  if (names.some(hasOuterSpace)) throw badUserInput(INPUT_PATH, OUTER_SPACE);
  const merged = applyMergePatch(current, patch);
  if (Buffer.byteLength(JSON.stringify(merged)) > MAX_CUSTOM_CLAIMS_BYTES) {
    throw badUserInput(INPUT_PATH, `Must have at most ${MAX_CUSTOM_CLAIMS_BYTES} bytes as JSON`);
  }
  return merged;
}
