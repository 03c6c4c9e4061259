import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { In, LessThan } from "typeorm";
import type { Platform } from "../platform/platform.js";
import type { Project, SigningAlgorithm } from "../projects/project.entity.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { InternalError } from "../shared/internal-error.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { inSpan } from "../shared/tracing.js";
import { signJwt } from "./sign-jwt.js";
import { SigningKey } from "./signing-key.entity.js";

export interface JwtToSign {
  algorithm: SigningAlgorithm;
  /** Type of the token (RFC 8725 section 3.11). */
  typ: string;
  /** Without `exp` for an answer that is read at once, and for which no key stays published. */
  claims: JWTPayload & { iat: number };
}

/** The columns of a current key that signing needs. */
export type CurrentSigningKey = Pick<SigningKey, "kid" | "algorithm" | "longestLifetimeSeconds">;

/** Signs JWTs with a project's current keys, and provides the public keys that verify them. */
export class SigningKeyService {
  /** Unsealed private keys by `kid`. Never stale, since the key of a `kid` does not change. */
  readonly #privateKeys = new LRUCache<string, KeyObject>({ max: 1000 });

  /** Never stale for the same reason. */
  readonly #publicKeys = new LRUCache<string, KeyObject>({ max: 1000 });

  constructor(
    private readonly platform: Platform,
    private readonly masterKeys: MasterKeyRing,
  ) {}

  /** @param currentKey the current key of the algorithm, if the caller has just read it */
  async sign(
    projectId: string,
    jwt: JwtToSign,
    currentKey?: CurrentSigningKey | null,
  ): Promise<string> {
    const key = currentKey ?? (await this.#current(projectId, jwt.algorithm));
    const { iat, exp = iat } = jwt.claims;
    const lifetime = exp - iat;
    if (lifetime > key.longestLifetimeSeconds) {
      await this.#recordLifetime(key.kid, lifetime);
      // The key may have been rotated since it was read, and then retires before this token expires.
      return this.sign(projectId, jwt);
    }
    const header = { alg: key.algorithm, typ: jwt.typ, kid: key.kid };
    const attributes = { "countersign.signing.algorithm": key.algorithm };
    return inSpan("sign JWT", attributes, async () =>
      signJwt(header, jwt.claims, await this.#privateKey(key.kid)),
    );
  }

  /** @throws InternalError if the current key is missing, or sealed under an unknown master key */
  async assertUsable(project: Project): Promise<void> {
    const { kid } = await this.#current(project.projectId, currentSigningAlgorithm(project));
    await this.#privateKey(kid);
  }

  /** @returns the longest lifetime in seconds of a token that an unrevoked key of the project has signed */
  async longestLifetime(projectId: string): Promise<number> {
    const where = { projectId, status: In(["CURRENT", "PREVIOUS"]) };
    const read = this.platform.unitOfWork.read;
    return (await read.maximum(SigningKey, "longestLifetimeSeconds", where)) ?? 0;
  }

  /** The key that verifies what a signing key has signed, which the caller has just read and which is not revoked. */
  publicKey({ kid, publicJwk }: Pick<SigningKey, "kid" | "publicJwk">): KeyObject {
    const cached = this.#publicKeys.get(kid);
    if (cached) return cached;
    const publicKey = createPublicKey({ key: publicJwk as JsonWebKey, format: "jwk" });
    this.#publicKeys.set(kid, publicKey);
    return publicKey;
  }

  async #current(projectId: string, algorithm: SigningAlgorithm): Promise<SigningKey> {
    const where = { projectId, algorithm, status: "CURRENT" as const };
    const key = await this.platform.unitOfWork.read.findOneBy(SigningKey, where);
    if (!key) throw new InternalError("the project has no signing key of this algorithm");
    return key;
  }

  /** Records the longest lifetime before a token with it is issued. */
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
    const cached = this.#privateKeys.get(kid);
    if (cached) return cached;
    const { sealedPrivateJwk } = await this.platform.unitOfWork.read.findOneByOrFail(SigningKey, {
      kid,
    });
    const jwk = JSON.parse(await this.masterKeys.unseal(sealedPrivateJwk)) as JsonWebKey;
    const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
    this.#privateKeys.set(kid, privateKey);
    return privateKey;
  }
}
