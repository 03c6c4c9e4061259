import type { CountersignError } from "../shared/errors.js";
import { DPOP_ALGORITHMS } from "../tokens/dpop-proofs.js";

/** The scheme of an Authorization header that the verification endpoint knows. */
export type CredentialScheme = "Bearer" | "DPoP" | "Basic";

/** How the verification endpoint refuses a credential. */
export interface Refusal {
  status: 401 | 403;
  /** `error` of RFC 6750 section 3.1 and RFC 9449 section 7.1; absent: the request has no token. */
  error?: "invalid_token" | "invalid_dpop_proof" | "insufficient_scope";
  description: string;
}

const REALM = 'realm="countersign"';

/** @returns null: the error is no answer to a credential */
export function refusalOf(
  { code, message, details }: CountersignError,
  scheme: CredentialScheme | null,
): Refusal | null {
  switch (code) {
    case "INVALID_TOKEN": {
      const isProof = scheme === "DPoP" && details.tokenRefusal?.startsWith("PROOF");
      const error = isProof ? "invalid_dpop_proof" : "invalid_token";
      return { status: 401, error, description: message };
    }
    case "INVALID_SCOPE":
    case "INVALID_TARGET":
    case "UNAUTHORIZED_CLIENT":
      return { status: 403, error: "insufficient_scope", description: message };
    case "UNAUTHENTICATED":
    case "INVALID_CLIENT":
    case "INVALID_DPOP_PROOF":
      return { status: 401, description: message };
    default:
      return null;
  }
}

/**
 * One `WWW-Authenticate` for all schemes that the caller may use (RFC 9110 section 11.6.1): proxies pass on only
 * the first of several. A 403 is about the scheme of the request alone.
 * @param scopes that the request needs
 */
export function challenge(
  { status, error }: Refusal,
  scheme: CredentialScheme | null,
  scopes: readonly string[],
  acceptsBasic: boolean,
): string {
  const used = scheme === "DPoP" ? "DPoP" : "Bearer";
  const failure = error ? `, error="${error}"` : "";
  const scope = status === 403 && scopes.length > 0 ? `, scope="${scopes.join(" ")}"` : "";
  const tokenChallenges = (["Bearer", "DPoP"] as const)
    .filter((name) => status === 401 || name === used)
    .map((name) => {
      const algorithms = name === "DPoP" ? `, algs="${DPOP_ALGORITHMS.join(" ")}"` : "";
      return `${name} ${REALM}${algorithms}${name === used ? failure + scope : ""}`;
    });
  const basic = status === 401 && acceptsBasic ? [`Basic ${REALM}, charset="UTF-8"`] : [];
  return [...tokenChallenges, ...basic].join(", ");
}
