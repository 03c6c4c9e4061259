import { sha256 } from "../shared/sha256.js";
import { type DpopOptions, type ReplayStore, verifyDpopProof } from "./dpop-proof.js";
import { refused } from "./token-refused.js";
import type { PossessionProof, VerifiedAccessToken } from "./verified.js";

/**
 * Checks that a bound token comes from the holder of its key. A token that is bound to two must come with both proofs.
 * @throws TokenRefused
 */
export async function verifyPossession(
  accessToken: string,
  { confirmation }: VerifiedAccessToken,
  { dpop, clientCertificate }: PossessionProof,
  options: DpopOptions & { replayStore: ReplayStore },
): Promise<void> {
  if (dpop && confirmation?.jkt === undefined) throw refused("NOT_BOUND");
  if (!confirmation) return;
  const { jkt, x5tS256 } = confirmation;
  if (jkt === undefined && x5tS256 === undefined) throw refused("BOUND");
  if (x5tS256 !== undefined && x5tS256 !== (await thumbprintOf(clientCertificate))) {
    throw refused("BOUND");
  }
  if (jkt === undefined) return;
  if (!dpop) throw refused("BOUND");
  await verifyDpopProof(dpop, accessToken, jkt, options);
}

/** RFC 8705 section 3.1: the hash of the certificate's DER. @returns null if there is none */
async function thumbprintOf(certificate?: Uint8Array | string): Promise<string | null> {
  if (certificate === undefined) return null;
  const der = typeof certificate === "string" ? fromPem(certificate) : new Uint8Array(certificate);
  return der && sha256(der);
}

/** RFC 7468; the first certificate of a chain is the client's. */
function fromPem(pem: string): Uint8Array<ArrayBuffer> | null {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  try {
    return base64 ? Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}
