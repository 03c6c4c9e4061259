import type { JsonObject } from "../shared/trusted-metadata.js";
import { parseStrictJson } from "./strict-json.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** What a token says, before anybody has verified that it may. */
export interface UnverifiedJwt {
  /** Whatever stands there. */
  alg: unknown;
  kid: string | undefined;
  claims: JsonObject;
}

const MAX_TOKEN_LENGTH = 16_384;
/** Compact serialization only; an empty signature is told by its algorithm. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Takes a token apart; there is one way to write each, so that none passes for another. Of the
 * header all but `alg` and `kid` is the sender's word: `jku`, `jwk`, `x5u` and `x5c` are never
 * looked at.
 * @throws INVALID_TRUSTED_AUTH_TOKEN: MALFORMED
 */
export function parseUnverifiedJwt(token: string): UnverifiedJwt {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  const [header = "", payload = ""] = token.split(".");
  const { alg, kid, crit } = parseJsonObject(header);
  // No extension is understood here (RFC 7515 section 4.1.11).
  if (crit !== undefined || (kid !== undefined && typeof kid !== "string")) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return { alg, kid, claims: parseJsonObject(payload) };
}

/** RFC 4648 section 3.5: the bits that are left over must be zero. */
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
    throw invalidTrustedAuthToken("MALFORMED", { cause: error });
  }
  throw invalidTrustedAuthToken("MALFORMED");
}
