import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { In, LessThan, MoreThan } from "typeorm";
import type { Platform } from "../platform/platform.js";
import type { Project, SigningAlgorithm } from "../projects/project.entity.js";
import { InternalError } from "../shared/internal-error.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { PublishedKey } from "./published-key.entity.js";
import { signJwt } from "./sign-jwt.js";
import { SigningKey } from "./signing-key.entity.js";

export type VerificationKeys = ReturnType<typeof createLocalJWKSet>;

export interface JwtToSign {
  algorithm: SigningAlgorithm;
  /** What kind of token it is (RFC 8725 section 3.11). */
  typ: string;
  claims: JWTPayload & { iat: number; exp: number };
}

/** What a signature needs to know of a key that is opened already. */
export type CurrentSigningKey = Pick<SigningKey, "kid" | "algorithm" | "longestLifetimeSeconds">;

/** Signs with a project's current key of an algorithm, and publishes what verifies its signatures. */
export class SigningKeyService {
  /** Opened private keys by kid; a kid's key never changes, and whether it signs is not known here. */
  readonly #privateKeys = new LRUCache<string, KeyObject>({ max: 1000 });

  /** Imported public keys by all their kids; which of them are published is not known here either. */
  readonly #verifiers = new LRUCache<string, VerificationKeys>({ max: 1000 });

  constructor(
    private readonly platform: Platform,
    private readonly masterKeys: MasterKeyRing,
  ) {}

  /** @param known the current key, where the caller has just read it */
  async sign(projectId: string, jwt: JwtToSign, known?: CurrentSigningKey | null): Promise<string> {
    const key = known ?? (await this.#current(projectId, jwt.algorithm));
    const lifetime = jwt.claims.exp - jwt.claims.iat;
    if (lifetime > key.longestLifetimeSeconds) {
      await this.#recordLifetime(key.kid, lifetime);
      // It may have been rotated meanwhile, and retire before this token.
      return this.sign(projectId, jwt);
    }
    const header = { alg: key.algorithm, typ: jwt.typ, kid: key.kid };
    return signJwt(header, jwt.claims, await this.#privateKey(key.kid));
  }

  /** Throws when the current key is missing or sealed under a master key that is not configured. */
  async assertUsable({ projectId, signingAlgorithm }: Project): Promise<void> {
    const { kid } = await this.#current(projectId, signingAlgorithm);
    await this.#privateKey(kid);
  }

  /** The public keys, as served at `/.well-known/jwks.json` (RFC 7517 section 5). */
  async jwks(projectId: string): Promise<JSONWebKeySet> {
    const foreign = await this.platform.unitOfWork.read.find(PublishedKey, {
      where: { projectId, expiresAt: MoreThan(this.platform.clock.now()) },
      order: { createdAt: "ASC", kid: "ASC" },
    });
    const own = await this.#publishedKeys(projectId);
    return { keys: [...own, ...foreign].map((key) => key.publicJwk) };
  }

  /** What verifies tokens of this project: its own keys only. */
  async verificationKeys(projectId: string): Promise<VerificationKeys> {
    const own = await this.#publishedKeys(projectId);
    const kids = own.map(({ kid }) => kid).join(" ");
    const known = this.#verifiers.get(kids);
    if (known) return known;
    const verifier = createLocalJWKSet({ keys: own.map((key) => key.publicJwk) });
    this.#verifiers.set(kids, verifier);
    return verifier;
  }

  async #publishedKeys(projectId: string): Promise<Pick<SigningKey, "kid" | "publicJwk">[]> {
    return this.platform.unitOfWork.read.find(SigningKey, {
      select: { kid: true, publicJwk: true },
      where: { projectId, status: In(["NEXT", "CURRENT", "PREVIOUS"]) },
      order: { createdAt: "DESC", kid: "ASC" },
    });
  }

  async #current(projectId: string, algorithm: SigningAlgorithm): Promise<SigningKey> {
    const where = { projectId, algorithm, status: "CURRENT" as const };
    const key = await this.platform.unitOfWork.read.findOneBy(SigningKey, where);
    if (!key) throw new InternalError("the project has no signing key of this algorithm");
    return key;
  }

  /** Happens once for each longer lifetime, before the token is given away. */
  async #recordLifetime(kid: string, seconds: number): Promise<void> {
    await this.platform.unitOfWork.write((manager) =>
      manager.update(
        SigningKey,
        { kid, longestLifetimeSeconds: LessThan(seconds) },
        { longestLifetimeSeconds: seconds },
      ),
    );
  }

  async #privateKey(kid: string): Promise<KeyObject> {
    const known = this.#privateKeys.get(kid);
    if (known) return known;
    const { sealedPrivateJwk } = await this.platform.unitOfWork.read.findOneByOrFail(SigningKey, {
      kid,
    });
    const jwk = JSON.parse(await this.masterKeys.unseal(sealedPrivateJwk)) as JsonWebKey;
    const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
    this.#privateKeys.set(kid, privateKey);
    return privateKey;
  }
}
