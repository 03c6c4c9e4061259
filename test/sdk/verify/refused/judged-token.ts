import type { VerifierOptions } from "@countersign/sdk/verify";
import type { MakeProof } from "./proofs.js";

/** A token with the request that carries it, and how every verifier must answer. */
export interface JudgedToken {
  title: string;
  token: string;
  /** Settings of a verifier of the audience. The same object for all tokens of one verifier. */
  verifier: VerifierOptions;
  /** 401 and 403 are refusals. */
  expected: "accepted" | 401 | 403;
  /** Scopes that the request needs. */
  scopes?: readonly string[];
  /** The DPoP header of the request to this method and URL. */
  proof?: MakeProof;
  /** Whether the verifier sees it only if it asks the issuer: see `verifier.revocation`. */
  onlyByRevocation?: true;
  /** The request is sent twice with the same proof; the second one is judged. */
  sentTwice?: true;
}
