import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from "jose";
import { BoundedMap } from "../shared/bounded-map.js";
import { sha256 } from "../shared/sha256.js";
import { algorithmOf } from "./keys.js";

export interface DpopKeyPair {
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

interface DpopKey {
  privateKey: CryptoKey;
  jwk: JWK;
  thumbprint: string;
}

const MAX_ORIGINS = 100;

/** Signs DPoP proofs (RFC 9449 section 4.2), and keeps the nonces of the servers that they are for. */
export class Dpop {
  #key: Promise<DpopKey> | undefined;
  /** by origin */
  readonly #nonces = new BoundedMap<string, string>(MAX_ORIGINS);
  readonly #keyPair: DpopKeyPair | undefined;

  constructor(keyPair: DpopKeyPair | undefined) {
    this.#keyPair = keyPair;
  }

  /** of the key (RFC 7638), by which a token is bound to it */
  async thumbprint(): Promise<string> {
    return (await this.#loadedKey()).thumbprint;
  }

  /** @param accessToken absent: for a token request */
  async proof(method: string, url: URL, accessToken?: string): Promise<string> {
    const { privateKey, jwk } = await this.#loadedKey();
    const nonce = this.#nonces.get(url.origin);
    return new SignJWT({
      htm: method,
      htu: url.origin + url.pathname,
      ...(nonce !== undefined && { nonce }),
      ...(accessToken !== undefined && { ath: await sha256(accessToken) }),
    })
      .setProtectedHeader({ typ: "dpop+jwt", alg: algorithmOf(privateKey), jwk })
      .setJti(crypto.randomUUID())
      .setIssuedAt(new Date())
      .sign(privateKey);
  }

  /** Servers send the next nonce with any answer (RFC 9449 section 8.2). */
  remember({ origin }: URL, { headers }: Response): void {
    const nonce = headers.get("dpop-nonce");
    if (nonce !== null) this.#nonces.set(origin, nonce);
  }

  #loadedKey(): Promise<DpopKey> {
    this.#key ??= loadKey(this.#keyPair);
    return this.#key;
  }
}

async function loadKey(given: DpopKeyPair | undefined): Promise<DpopKey> {
  const { publicKey, privateKey } = given ?? (await generateKeyPair("ES256"));
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}
