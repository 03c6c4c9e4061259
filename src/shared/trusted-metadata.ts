import { z } from "zod";
import { badUserInput } from "./errors.js";
import { isDeeperThan, MAX_JSON_DEPTH, TOO_DEEP } from "./json-limits.js";
import { isWellFormedText } from "./well-formed-text.js";

export type JsonObject = Record<string, unknown>;

export const MAX_METADATA_KEYS = 20;
export const MAX_METADATA_BYTES = 4096;

export const trustedMetadata = z.record(z.string(), z.unknown());

const MAX_KEY_LENGTH = 128;
const KEY_RULE = "Keys must have at most 128 characters of valid Unicode without the NUL character";

const isMetadataKey = (key: string) => key.length <= MAX_KEY_LENGTH && isWellFormedText(key);

/** Top-level keys of trusted metadata, each once. */
export const metadataKeys = z
  .array(z.string().refine(isMetadataKey, KEY_RULE))
  .transform((keys) => [...new Set(keys)])
  .refine(
    ({ length }) => length <= MAX_METADATA_KEYS,
    `Must contain at most ${MAX_METADATA_KEYS} keys`,
  );

/**
 * Merges at the top level, as Stytch does: null deletes its key, and nested values are replaced as a whole.
 * @throws BAD_USER_INPUT if the result has too many keys, levels or bytes
 */
export function mergeTrustedMetadata(current: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(current).filter(([key]) => !Object.hasOwn(patch, key));
  const added = Object.entries(patch).filter(([, value]) => value !== null && value !== undefined);
  const merged = Object.fromEntries([...kept, ...added]);
  const keys = Object.keys(merged);
  if (keys.length > MAX_METADATA_KEYS) {
    throw invalidMetadata(`Must contain at most ${MAX_METADATA_KEYS} top-level keys`);
  }
  if (!keys.every(isMetadataKey)) throw invalidMetadata(KEY_RULE);
  if (isDeeperThan(merged, MAX_JSON_DEPTH)) {
    throw invalidMetadata(TOO_DEEP);
  }
  if (Buffer.byteLength(JSON.stringify(merged)) > MAX_METADATA_BYTES) {
    throw invalidMetadata(`Must have at most ${MAX_METADATA_BYTES} bytes as JSON`);
  }
  return merged;
}

function invalidMetadata(message: string) {
  return badUserInput(["input", "trustedMetadata"], message);
}
