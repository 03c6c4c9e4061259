import type { JsonObject } from "./trusted-metadata.js";

/**
 * Merges objects at every depth: null deletes its member, and any other value that is no object, such as a list, replaces
 * what was there (RFC 7396 section 2).
 */
export function applyMergePatch(target: unknown, patch: JsonObject): JsonObject {
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null || change === undefined) members.delete(name);
    else members.set(name, isObject(change) ? applyMergePatch(members.get(name), change) : change);
  }
  return Object.fromEntries(members);
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
