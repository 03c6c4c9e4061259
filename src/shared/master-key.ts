import { createHmac, hkdfSync } from "node:crypto";
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { InternalError } from "./internal-error.js";

const UNKNOWN_KEY =
  "a signing key is sealed under a master key that is not in MASTER_KEY, or master.key of DATA_DIR";

/**
 * Seals what the database may hold but must not reveal (private keys), as JWE with A256GCM.
 * The first key seals, all of them open, so a key can be replaced without a stop.
 */
export class MasterKeyRing {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #sealing: [id: string, key: Uint8Array];
  readonly #fingerprintKeys: readonly [Uint8Array, ...Uint8Array[]];

  constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    const entries = keys.map((key): [string, Uint8Array] => [
      derive(key, "key id").toString("base64url").slice(0, 8),
      key,
    ]);
    this.#keys = new Map(entries);
    this.#sealing = entries[0] as [string, Uint8Array];
    const [first, ...others] = keys;
    const forFingerprints = (key: Uint8Array) => derive(key, "fingerprint");
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
    if (!key) throw new InternalError(UNKNOWN_KEY);
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return new TextDecoder().decode(plaintext);
  }

  /** Recognizes the same text again without being able to tell it, even if it is guessable. */
  fingerprint(text: string): string {
    return hmac(this.#fingerprintKeys[0], text);
  }

  /** Whether any of the keys has made this fingerprint of the text. */
  matchesFingerprint(text: string, fingerprint: string): boolean {
    return this.#fingerprintKeys.some((key) => hmac(key, text) === fingerprint);
  }
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

function derive(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", `countersign ${purpose}`, 32));
}
