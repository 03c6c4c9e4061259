import { createHmac, hkdfSync } from "node:crypto";
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { InternalError } from "./internal-error.js";
import { isSameHash } from "./secrets.js";

const UNKNOWN_MASTER_KEY =
  "MASTER_KEY: a signing key is sealed with another master key: add it to MASTER_KEY or restore DATA_DIR/master.key";

/**
 * Seals secrets that the database stores, such as private keys, as JWE with A256GCM. The first key seals and
 * all keys unseal, so that a key can be replaced without downtime.
 */
export class MasterKeyRing {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #sealing: [id: string, key: Uint8Array];
  readonly #fingerprintKeys: readonly [Uint8Array, ...Uint8Array[]];

  constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    const entries = keys.map((key): [string, Uint8Array] => [
      deriveKey(key, "key id").toString("base64url").slice(0, 8),
      key,
    ]);
    this.#keys = new Map(entries);
    this.#sealing = entries[0] as [string, Uint8Array];
    const [first, ...others] = keys;
    const forFingerprints = (key: Uint8Array) => deriveKey(key, "fingerprint");
    this.#fingerprintKeys = [forFingerprints(first), ...others.map(forFingerprints)];
  }

  async seal(plaintext: string): Promise<string> {
    const [kid, key] = this.#sealing;
    return new CompactEncrypt(new TextEncoder().encode(plaintext))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid })
      .encrypt(key);
  }

  isSealedByCurrentKey(sealed: string): boolean {
    return decodeProtectedHeader(sealed).kid === this.#sealing[0];
  }

  async unseal(sealed: string): Promise<string> {
    const key = this.#keys.get(decodeProtectedHeader(sealed).kid ?? "");
    if (!key) throw new InternalError(UNKNOWN_MASTER_KEY);
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return new TextDecoder().decode(plaintext);
  }

  /** A keyed hash that identifies a text. Without the key, not even a guessable text can be found from it. */
  fingerprint(text: string): string {
    return hmac(this.#fingerprintKeys[0], text);
  }

  /** Whether the fingerprint is that of the text under any of the keys. */
  matchesFingerprint(text: string, fingerprint: string): boolean {
    return this.#fingerprintKeys.some((key) => isSameHash(hmac(key, text), fingerprint));
  }
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

function deriveKey(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", `countersign ${purpose}`, 32));
}
