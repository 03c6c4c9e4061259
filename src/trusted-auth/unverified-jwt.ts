import type { JsonObject } from "../shared/trusted-metadata.js";
import { parseStrictJson } from "./strict-json.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** Header and claims of a token whose signature is not verified yet. */
export interface UnverifiedJwt {
  /** The header's value, which may have any type. */
  alg: unknown;
  kid: string | undefined;
  claims: JsonObject;
}

const MAX_TOKEN_LENGTH = 16_384;
/** Compact serialization. The signature may be empty: the check of the algorithm rejects `none`. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Parses a token without verifying it. Only one encoding of each token is accepted, so that two texts never
 * stand for the same token. The header's `jku`, `jwk`, `x5u` and `x5c` are ignored: the sender chooses them.
 * @throws INVALID_TRUSTED_AUTH_TOKEN: MALFORMED
 */
export function parseUnverifiedJwt(token: string): UnverifiedJwt {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  const [header = "", payload = ""] = token.split(".");
  const { alg, kid, crit } = parseJsonObject(header);
  // This server supports no `crit` extension (RFC 7515 section 4.1.11).
  if (crit !== undefined) throw invalidTrustedAuthToken("MALFORMED", "crit");
  if (kid !== undefined && typeof kid !== "string")
    throw invalidTrustedAuthToken("MALFORMED", "kid");
  return { alg, kid, claims: parseJsonObject(payload) };
}

/** RFC 4648 section 3.5: the unused bits must be zero. */
export function isCanonicalBase64url(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

function parseJsonObject(part: string): JsonObject {
  if (!isCanonicalBase64url(part)) throw invalidTrustedAuthToken("MALFORMED");
  try {
    const bytes = Buffer.from(part, "base64url");
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = parseStrictJson(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return value as JsonObject;
    }
  } catch (error) {
    throw invalidTrustedAuthToken("MALFORMED", undefined, { cause: error });
  }
  throw invalidTrustedAuthToken("MALFORMED");
}
