import { parseStrictJson } from "./strict-json.js";
import type { JsonObject } from "./trusted-metadata.js";

/** Header and claims of a JWT whose signature is not verified yet. Every value may have any type. */
export interface UnverifiedJwt {
  header: JsonObject;
  alg: unknown;
  kid: string | undefined;
  claims: JsonObject;
}

/** A text is not a JWT in the one form that is accepted. */
export class MalformedJwt extends Error {
  override readonly name = "MalformedJwt";

  /** @param parameter the header parameter with the problem, if it is one */
  constructor(
    readonly parameter?: "crit" | "kid",
    options?: ErrorOptions,
  ) {
    super("the text is not a well-formed signed JWT", options);
  }
}

/** Compact serialization. The signature may be empty: the check of the algorithm rejects `none`. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Parses a JWT of somebody else without verifying it. Only one encoding of each JWT is accepted, so that two
 * texts never stand for the same one. `jku`, `jwk`, `x5u` and `x5c` of the header are chosen by the sender.
 * @throws MalformedJwt
 */
export function parseUnverifiedJwt(token: string, maxLength: number): UnverifiedJwt {
  if (token.length > maxLength || !COMPACT_JWS.test(token)) throw new MalformedJwt();
  const [encodedHeader = "", payload = ""] = token.split(".");
  const header = parseJsonObject(encodedHeader);
  const { alg, kid, crit } = header;
  // This server supports no `crit` extension (RFC 7515 section 4.1.11).
  if (crit !== undefined) throw new MalformedJwt("crit");
  if (kid !== undefined && typeof kid !== "string") throw new MalformedJwt("kid");
  return { header, alg, kid, claims: parseJsonObject(payload) };
}

/** RFC 4648 section 3.5: the unused bits must be zero. */
export function isCanonicalBase64url(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

function parseJsonObject(part: string): JsonObject {
  if (!isCanonicalBase64url(part)) throw new MalformedJwt();
  let value: unknown;
  try {
    const bytes = Buffer.from(part, "base64url");
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = parseStrictJson(text);
  } catch (error) {
    throw new MalformedJwt(undefined, { cause: error });
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new MalformedJwt();
  return value as JsonObject;
}
