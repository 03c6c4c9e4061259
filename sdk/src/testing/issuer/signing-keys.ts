import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import type { JSONWebKeySet, JWK } from "jose";
import type { SigningAlgorithm } from "../../../../src/projects/project.entity.js";
import { newId } from "../../../../src/shared/ids.js";
import { signJwt } from "../../../../src/signing-keys/sign-jwt.js";
import type {
  JwtToSign,
  SigningKeyService,
} from "../../../../src/signing-keys/signing-key.service.js";

interface SigningKey {
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
  publicJwk: JWK & { kid: string };
}

interface KeysOfAlgorithm {
  former: SigningKey[];
  current: SigningKey;
  next: SigningKey;
}

/**
 * The signing keys of one issuer: per algorithm the current one, the next one, which the key set has already, and former
 * ones. They are made when they are first needed.
 */
export class SigningKeys implements Pick<SigningKeyService, "sign" | "publicKey"> {
  readonly #keys = new Map<SigningAlgorithm, Promise<KeysOfAlgorithm>>();
  readonly #made = new Map<SigningAlgorithm, number>();

  /** @param given private keys to use before any is generated */
  constructor(private readonly given: readonly JWK[]) {}

  /** Makes the keys of an algorithm part of the key set. */
  async of(algorithm: SigningAlgorithm): Promise<KeysOfAlgorithm> {
    const keys =
      this.#keys.get(algorithm) ??
      Promise.all([this.#make(algorithm), this.#make(algorithm)]).then(([current, next]) => ({
        former: [],
        current,
        next,
      }));
    this.#keys.set(algorithm, keys);
    return keys;
  }

  async sign(_projectId: string, { algorithm, typ, claims }: JwtToSign): Promise<string> {
    const { current } = await this.of(algorithm);
    const header = { alg: algorithm, typ, kid: current.publicJwk.kid };
    return signJwt(header, claims, current.privateKey);
  }

  async jwks(): Promise<JSONWebKeySet> {
    const keys = await Promise.all(this.#keys.values());
    return {
      keys: keys.flatMap(({ former, current, next }) =>
        [next, current, ...former].map((key) => key.publicJwk),
      ),
    };
  }

  /** The key that the key set has under this id now; null: none. */
  async find(kid: string | undefined) {
    const { keys } = await this.jwks();
    const publicJwk = keys.find((key) => key.kid === kid);
    return publicJwk
      ? { kid: kid as string, algorithm: publicJwk.alg as SigningAlgorithm, publicJwk }
      : null;
  }

  publicKey({ publicJwk }: { publicJwk: JWK }): KeyObject {
    return createPublicKey({ key: publicJwk as JsonWebKey, format: "jwk" });
  }

  async rotate(): Promise<void> {
    for (const [algorithm, made] of this.#keys) {
      const { former, current, next } = await made;
      const rotated = {
        former: [current, ...former],
        current: next,
        next: await this.#make(algorithm),
      };
      this.#keys.set(algorithm, Promise.resolve(rotated));
    }
  }

  dropFormer(): void {
    for (const [algorithm, made] of this.#keys) {
      this.#keys.set(
        algorithm,
        made.then((keys) => ({ ...keys, former: [] })),
      );
    }
  }

  async #make(algorithm: SigningAlgorithm): Promise<SigningKey> {
    const index = this.#made.get(algorithm) ?? 0;
    this.#made.set(algorithm, index + 1);
    const jwk = this.given.filter(({ alg }) => alg === algorithm)[index];
    const privateKey = jwk
      ? createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" })
      : await generatedKey(algorithm, index);
    return { algorithm, privateKey, publicJwk: publicJwkOf(privateKey, algorithm, jwk?.kid) };
  }
}

function publicJwkOf(privateKey: KeyObject, alg: SigningAlgorithm, kid = newId("jwk")) {
  const { kty, n, e, crv, x, y } = privateKey.export({ format: "jwk" });
  const members = Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value);
  return { ...Object.fromEntries(members), kid, alg, use: "sig" } as JWK & { kid: string };
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ privateKey: KeyObject }>;

/** RSA keys of this process, by their place in an issuer's order. */
const rsaKeys: Promise<KeyObject>[] = [];

/** Generating an RSA key takes longer than most tests, so that issuers share them under ids of their own. */
export async function generatedKey(algorithm: SigningAlgorithm, index: number): Promise<KeyObject> {
  if (algorithm === "ES256") return (await generate("ec", { namedCurve: "P-256" })).privateKey;
  if (algorithm === "EdDSA") return (await generate("ed25519", {})).privateKey;
  const key =
    rsaKeys[index] ?? generate("rsa", { modulusLength: 2048 }).then((pair) => pair.privateKey);
  rsaKeys[index] = key;
  return key;
}
