import { exportJWK, type GenerateKeyPairResult, generateKeyPair } from "jose";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import { newId } from "../shared/ids.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { SigningKey, type SigningKeyStatus } from "./signing-key.entity.js";

/** Generates an extractable key pair for the algorithm; RSA keys have 2048 bits. */
export type GenerateKeyPair = (algorithm: SigningAlgorithm) => Promise<GenerateKeyPairResult>;

export const generateExtractableKeyPair: GenerateKeyPair = (algorithm) =>
  generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });

/** Generates a key pair and seals its private key. It is slow: do not call it inside a unit of work. */
export async function generateSigningKey(
  projectId: string,
  algorithm: SigningAlgorithm,
  status: SigningKeyStatus & ("NEXT" | "CURRENT"),
  now: Date,
  masterKeys: MasterKeyRing,
  createKeyPair: GenerateKeyPair,
): Promise<SigningKey> {
  const kid = newId("jwk");
  const pair = await createKeyPair(algorithm);
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: "sig" };
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey));
  return Object.assign(new SigningKey(), {
    kid,
    projectId,
    algorithm,
    status,
    publicJwk,
    sealedPrivateJwk: await masterKeys.seal(privateJwk),
    longestLifetimeSeconds: 0,
    createdAt: now,
    activatedAt: status === "CURRENT" ? now : null,
    retiresAt: null,
    revokedAt: null,
  });
}
