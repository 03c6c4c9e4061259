import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type CryptoKey,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import { generateExtractableKeyPair } from "../../src/signing-keys/generate-key.js";

/**
 * To make an RSA key takes as long as all else that most tests do. So the n-th pair that a test file
 * asks for is the n-th of every other file too, and stays where tools keep what they can make again.
 * Within a file none comes twice.
 */
const FOLDER = path.resolve("node_modules/.cache/countersign-test-keys");

let taken = 0;

/** A key pair for the algorithm, both of them extractable; RSA keys have 2048 bits. */
export async function keyPair(algorithm: string): Promise<GenerateKeyPairResult> {
  const isRsa = /^[RP]S/.test(algorithm);
  if (!isRsa) return generateKeyPair(algorithm, { extractable: true });
  const imported = async (jwk: JWK) =>
    (await importJWK(jwk, algorithm, { extractable: true })) as CryptoKey;
  const jwk = await rsaKey(taken++);
  const { kty, n, e } = jwk;
  return { privateKey: await imported(jwk), publicKey: await imported({ kty, n, e } as JWK) };
}

async function rsaKey(number: number): Promise<JWK> {
  const file = path.join(FOLDER, `rsa-${number}.json`);
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept) return JSON.parse(kept) as JWK;
  const { privateKey } = await generateExtractableKeyPair("RS256");
  const jwk = await exportJWK(privateKey);
  await mkdir(FOLDER, { recursive: true });
  // Files run side by side: none of them may find half a key.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(jwk));
  await rename(draft, file);
  return jwk;
}
