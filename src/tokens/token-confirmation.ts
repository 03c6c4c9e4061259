import type { AccessTokenClaims } from "./access-token-claims.js";
import {
  accessTokenHash,
  type DpopProofs,
  isSameTarget,
  type VerifiedProof,
} from "./dpop-proofs.js";
import { invalidToken } from "./token-refusal.js";

/** The key that a token is bound to (RFC 7800). */
export interface Confirmation {
  /** JWK thumbprint of a DPoP key (RFC 9449 section 6.1). */
  jkt: string | null;
  /** SHA-256 thumbprint of a client certificate (RFC 8705 section 3.1). */
  x5tS256: string | null;
}

/** The DPoP proof of a request to a resource server, and that request's method and URL. */
export interface PresentedProof {
  proof: string;
  httpMethod: string;
  url: string;
}

/** What proves that the token's bearer is the one that it was issued to. */
export interface Possession {
  dpop?: PresentedProof | null | undefined;
  /** Whether to accept a bound token without a proof, because the caller checks the binding itself. */
  acceptBound?: boolean | null | undefined;
}

/** @returns null: a bearer token, which is not bound to a key */
export function confirmationOf(claims: AccessTokenClaims): Confirmation | null {
  const { cnf } = claims;
  if (cnf === undefined) return null;
  const { jkt, "x5t#S256": x5tS256 } = cnf as Record<string, unknown>;
  return {
    jkt: typeof jkt === "string" ? jkt : null,
    x5tS256: typeof x5tS256 === "string" ? x5tS256 : null,
  };
}

/**
 * Checks that a bound token comes from the holder of its key (RFC 9449 section 7.1). Nonces are those of the
 * resource server, which alone can check them.
 * @throws INVALID_TOKEN
 */
export async function verifyPossession(
  proofs: DpopProofs,
  accessToken: string,
  confirmation: Confirmation | null,
  { dpop, acceptBound }: Possession,
): Promise<void> {
  if (dpop) {
    if (!confirmation?.jkt) throw invalidToken("NOT_BOUND");
    const proof = await proofs.verify(dpop.proof).catch((error: unknown) => {
      throw invalidToken("PROOF", { cause: error });
    });
    checkProof(proof, dpop, accessToken, confirmation.jkt);
    if (!(await proofs.consume(proof))) throw invalidToken("PROOF_REPLAYED");
  }
  if (!confirmation || acceptBound) return;
  // A proof answers for a DPoP key alone. Nothing here can prove another kind of key.
  if (!confirmation.jkt || confirmation.x5tS256) throw invalidToken("BOUND_OTHERWISE");
  if (!dpop) throw invalidToken("BOUND_BY_DPOP");
}

function checkProof(
  { claims, thumbprint }: VerifiedProof,
  { httpMethod, url }: PresentedProof,
  accessToken: string,
  jkt: string,
): void {
  if (claims["htm"] !== httpMethod) throw invalidToken("PROOF_METHOD");
  if (!isSameTarget(claims["htu"], url)) throw invalidToken("PROOF_URL");
  if (claims["ath"] !== accessTokenHash(accessToken)) throw invalidToken("PROOF_TOKEN");
  if (thumbprint !== jkt) throw invalidToken("PROOF_KEY");
}
