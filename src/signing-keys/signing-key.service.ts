import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  SignJWT,
} from "jose";
import { LRUCache } from "lru-cache";
import type { EntityManager } from "typeorm";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import type { Clock } from "../shared/clock.js";
import { newId } from "../shared/ids.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { SigningKey } from "./signing-key.entity.js";

export type VerificationKeys = ReturnType<typeof createLocalJWKSet>;

/** Signs with a project's current key, and publishes what verifies its signatures. */
export class SigningKeyService {
  /** Opened private keys by kid; a kid's key never changes. */
  readonly #opened = new LRUCache<string, CryptoKey>({ max: 1000 });

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /** See `PrepareSigningKey`: generates outside of the unit of work that stores the key. */
  async prepare(projectId: string, algorithm: SigningAlgorithm) {
    const existing = await this.#current(projectId);
    if (existing?.algorithm === algorithm) return async () => {};
    const generated = await this.#generate(projectId, algorithm);
    return async (manager: EntityManager) => {
      const where = { projectId, status: "CURRENT" as const };
      await manager.update(SigningKey, where, { status: "PREVIOUS" });
      await manager.insert(SigningKey, generated);
    };
  }

  /** Signs a JWT with the project's current key; `typ` tells what kind of token it is (RFC 8725 section 3.11). */
  async sign(projectId: string, typ: string, claims: JWTPayload): Promise<string> {
    const key = await this.#currentOrThrow(projectId);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.algorithm, typ, kid: key.kid })
      .sign(await this.#open(key));
  }

  /** Throws when the current key is missing or sealed under a master key that is not configured. */
  async assertUsable(projectId: string): Promise<void> {
    await this.#open(await this.#currentOrThrow(projectId));
  }

  /** The public keys, as served at `/.well-known/jwks.json` (RFC 7517 section 5). */
  async jwks(projectId: string): Promise<JSONWebKeySet> {
    const keys = await this.unitOfWork.read.find(SigningKey, {
      where: { projectId },
      order: { createdAt: "DESC", kid: "ASC" },
    });
    return { keys: keys.map((key) => key.publicJwk) };
  }

  async verificationKeys(projectId: string): Promise<VerificationKeys> {
    return createLocalJWKSet(await this.jwks(projectId));
  }

  async #currentOrThrow(projectId: string): Promise<SigningKey> {
    const key = await this.#current(projectId);
    if (!key) throw new Error("the project has no signing key");
    return key;
  }

  async #current(projectId: string): Promise<SigningKey | null> {
    return this.unitOfWork.read.findOneBy(SigningKey, { projectId, status: "CURRENT" });
  }

  async #open(key: SigningKey): Promise<CryptoKey> {
    const known = this.#opened.get(key.kid);
    if (known) return known;
    const jwk = JSON.parse(await this.masterKeys.open(key.sealedPrivateJwk)) as JWK;
    const opened = (await importJWK(jwk, key.algorithm)) as CryptoKey;
    this.#opened.set(key.kid, opened);
    return opened;
  }

  async #generate(projectId: string, algorithm: SigningAlgorithm): Promise<SigningKey> {
    const kid = newId("jwk");
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: "sig" };
    const privateJwk = JSON.stringify(await exportJWK(pair.privateKey));
    return Object.assign(new SigningKey(), {
      kid,
      projectId,
      algorithm,
      status: "CURRENT" as const,
      publicJwk,
      sealedPrivateJwk: await this.masterKeys.seal(privateJwk),
      createdAt: this.clock.now(),
    });
  }
}
