import { DPOP_ALGORITHMS } from "../verify/dpop-proof.js";
import type { TokenRefused } from "../verify/token-refused.js";
import type { TokenScheme } from "./credentials.js";

/** What the challenges of a route name. */
export interface ChallengeParameters {
  realm: string;
  scopes: readonly string[];
  resourceMetadata?: string | undefined;
}

/** `error` of RFC 6750 section 3.1 and RFC 9449 section 7.1, as the server's `/oauth/verify` answers. */
export function errorOf({ code, status }: TokenRefused, scheme: TokenScheme | null): string {
  switch (status) {
    case 400:
      return "invalid_request";
    case 403:
      return "insufficient_scope";
    case 503:
      return "temporarily_unavailable";
    case 401:
      if (code === "PROOF_NONCE") return "use_dpop_nonce";
      return scheme === "DPoP" && code.startsWith("PROOF") ? "invalid_dpop_proof" : "invalid_token";
  }
}

/**
 * One `WWW-Authenticate` for both schemes (RFC 9110 section 11.6.1): proxies pass on only the first of several. 400 and
 * 403 are about the scheme of the request alone. A 401 names the scopes too, which agents then ask for.
 */
export function challenge(
  refusal: TokenRefused,
  scheme: TokenScheme | null,
  { realm, scopes, resourceMetadata }: ChallengeParameters,
): string {
  const used = scheme ?? "Bearer";
  const failure =
    refusal.code === "MISSING"
      ? []
      : [
          `error=${quoted(errorOf(refusal, scheme))}`,
          `error_description=${quoted(refusal.message)}`,
        ];
  const common = [
    ...(scopes.length > 0 && refusal.status !== 400 ? [`scope=${quoted(scopes.join(" "))}`] : []),
    ...(resourceMetadata ? [`resource_metadata=${quoted(resourceMetadata)}`] : []),
  ];
  return (["Bearer", "DPoP"] as const)
    .filter((name) => refusal.status === 401 || name === used)
    .map((name) => {
      const algorithms = name === "DPoP" ? [`algs=${quoted(DPOP_ALGORITHMS.join(" "))}`] : [];
      const parameters = [`realm=${quoted(realm)}`, ...algorithms];
      return `${name} ${[...parameters, ...(name === used ? failure : []), ...common].join(", ")}`;
    })
    .join(", ");
}

/** RFC 6750 section 3 has neither quotes nor backslashes in a value, nor anything beyond printable ASCII. */
function quoted(value: string): string {
  return `"${value.replace(/[^ !#-[\]-~]/g, "?")}"`;
}
