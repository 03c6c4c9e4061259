import { MAX_TOKEN_LENGTH } from "../verify/signed-jwt.js";
import { refused } from "../verify/token-refused.js";
import type { HttpRequest } from "./http-request.js";

export type TokenScheme = "Bearer" | "DPoP";

/** What a request presents. */
export interface Credentials {
  scheme: TokenScheme;
  token: string;
  /** Of the scheme DPoP: its one proof; absent where there is none, or several. */
  proof?: string;
}

const MAX_AUTHORIZATION_LENGTH = "Bearer ".length + MAX_TOKEN_LENGTH;

/** A comma, and another scheme with credentials: several fields are one list (RFC 9110 section 5.2). */
const FURTHER_CREDENTIALS = /,\s*[\w-]+ +\S/;

/** @returns null: a scheme that carries no access token, or no scheme */
export function schemeOf({ header }: HttpRequest): TokenScheme | null {
  const [name = ""] = /^[a-z]*(?= |$)/i.exec(header("authorization") ?? "") ?? [];
  const schemes: readonly TokenScheme[] = ["Bearer", "DPoP"];
  return schemes.find((scheme) => scheme.toLowerCase() === name.toLowerCase()) ?? null;
}

/**
 * Reads the token of a request: of the field `Authorization` alone, which neither logs nor forms of other sites carry
 * (RFC 6750 section 2.1, RFC 9449 section 7.1).
 * @returns null: the request carries none
 * @throws TokenRefused `REQUEST` for several, `MALFORMED` for what is none
 */
export function readCredentials(request: HttpRequest): Credentials | null {
  const authorization = request.header("authorization") ?? "";
  const scheme = schemeOf(request);
  if (authorization.length > MAX_AUTHORIZATION_LENGTH)
    throw refused(scheme ? "MALFORMED" : "MISSING");
  if (FURTHER_CREDENTIALS.test(authorization)) throw refused("REQUEST");
  if (!scheme) return null;
  if (queryOf(request).has("access_token")) throw refused("REQUEST");
  const token = /^[a-z]+ +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
  if (!token) throw refused("MALFORMED");
  const proof = scheme === "DPoP" ? request.header("dpop") : undefined;
  // RFC 9449 section 4.3 item 1: one field. A JWT has no comma.
  return { scheme, token, ...(proof && !proof.includes(",") && { proof }) };
}

function queryOf({ target }: HttpRequest): URLSearchParams {
  const start = target.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : target.slice(start));
}
