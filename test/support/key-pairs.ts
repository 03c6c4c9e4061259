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
 * Generating an RSA key takes longer than most tests. So RSA keys are cached on disk: the n-th key that a
 * test file asks for is the same in every file and in every run. Within a file no key repeats.
 */
const FOLDER = path.resolve("node_modules/.cache/countersign-test-keys");

let taken = 0;

/** A key pair for the algorithm. Both keys are extractable; RSA keys have 2048 bits. */
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
  const cached = await readFile(file, "utf8").catch(() => null);
  if (cached) return JSON.parse(cached) as JWK;
  const { privateKey } = await generateExtractableKeyPair("RS256");
  const jwk = await exportJWK(privateKey);
  await mkdir(FOLDER, { recursive: true });
  // Test files run in parallel: renaming the complete file keeps them from reading half a key.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(jwk));
  await rename(draft, file);
  return jwk;
}
