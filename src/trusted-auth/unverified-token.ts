import { MAX_TOKEN_LENGTH } from "../shared/token-length.js";
import { MalformedJwt, parseUnverifiedJwt, type UnverifiedJwt } from "../shared/unverified-jwt.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** Parses a trusted auth token without verifying it. @throws INVALID_TRUSTED_AUTH_TOKEN: MALFORMED */
export function parseUnverifiedToken(token: string): UnverifiedJwt {
  try {
    return parseUnverifiedJwt(token, MAX_TOKEN_LENGTH);
  } catch (error) {
    if (!(error instanceof MalformedJwt)) throw error;
    const { parameter } = error;
    const cause = parameter === undefined ? "NOT_A_JWT" : "HEADER";
    throw invalidTrustedAuthToken(cause, parameter, { cause: error });
  }
}
