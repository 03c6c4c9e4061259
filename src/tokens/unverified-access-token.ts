import {
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from "jose";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../projects/project.entity.js";
import { sessionTokenProfiles } from "../sessions/session-token-profiles.js";
import { ACCESS_TOKEN_TYPES } from "./profiles/registry.js";
import { invalidToken } from "./token-refusal.js";

/** An access token whose signature is not verified yet. Every claim may have any type. */
export interface UnverifiedAccessToken {
  text: string;
  alg: SigningAlgorithm;
  kid: string | undefined;
  claims: JWTPayload;
}

/** RFC 7515 section 7.1: base64url without padding. Decoders are more lenient. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Parses a token and checks that it claims to be an access token. @throws INVALID_TOKEN */
export function parseAccessToken(text: string): UnverifiedAccessToken {
  if (!COMPACT.test(text)) throw invalidToken("MALFORMED");
  let header: ProtectedHeaderParameters;
  let claims: JWTPayload;
  try {
    header = decodeProtectedHeader(text);
    claims = decodeJwt(text);
  } catch (cause) {
    throw invalidToken("MALFORMED", { cause });
  }
  const { typ, kid, crit } = header;
  // This server signs no token with `crit`, and all of its tokens have a `kid`.
  if (crit !== undefined || typeof kid === "object") throw invalidToken("MALFORMED");
  if (typ === sessionTokenProfiles.DEFAULT.typ) throw invalidToken("SESSION");
  if (!ACCESS_TOKEN_TYPES.has(typ ?? "")) throw invalidToken("TYPE");
  // RFC 8725 section 3.1
  const alg = SIGNING_ALGORITHMS.find((name) => name === header.alg);
  if (!alg) throw invalidToken("ALGORITHM");
  return { text, alg, kid: typeof kid === "string" ? kid : undefined, claims };
}
