import type { EntityManager } from "typeorm";
import { Api } from "../apis/api.entity.js";
import type { Platform } from "../platform/platform.js";
import { Project, type SigningAlgorithm } from "../projects/project.entity.js";
import { secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { generateExtractableKeyPair, generateSigningKey } from "./generate-key.js";
import { SigningKey } from "./signing-key.entity.js";

/** Time until all verifiers have a new key: a cache keeps the JWKS for 300 seconds, jose for another 600. */
export const JWKS_PROPAGATION_SECONDS = 900;
/** Allows for verifiers' clocks, and for tokens that are signed during the rotation. */
const RETIREMENT_MARGIN_SECONDS = 300;

/** Finds, generates and stores signing keys. Checks no permissions. */
export class SigningKeyStore {
  constructor(
    private readonly platform: Platform,
    private readonly masterKeys: MasterKeyRing,
    private readonly generateKeyPair = generateExtractableKeyPair,
  ) {}

  find(
    projectId: string,
    algorithm: SigningAlgorithm,
    status: SigningKey["status"],
  ): Promise<SigningKey | null> {
    return this.platform.unitOfWork.read.findOneBy(SigningKey, { projectId, algorithm, status });
  }

  /** It is slow: do not call it inside a unit of work. */
  generate(
    projectId: string,
    algorithm: SigningAlgorithm,
    status: "NEXT" | "CURRENT",
  ): Promise<SigningKey> {
    const { platform, masterKeys, generateKeyPair } = this;
    const now = platform.clock.now();
    return generateSigningKey(projectId, algorithm, status, now, masterKeys, generateKeyPair);
  }

  /** Time at which every verifier has the key. */
  propagatedAt({ createdAt }: Pick<SigningKey, "createdAt">): Date {
    return secondsFrom(createdAt, JWKS_PROPAGATION_SECONDS);
  }

  isPropagated(key: Pick<SigningKey, "createdAt">): boolean {
    return this.propagatedAt(key) <= this.platform.clock.now();
  }

  /**
   * The lifetime of most tokens of a project. A key that records it when it becomes current lets them be issued
   * without a write, also while the database accepts none.
   */
  async #usualLifetime(manager: EntityManager, projectId: string): Promise<number> {
    const project = await manager.findOneByOrFail(Project, { projectId });
    return project.accessTokenLifetimeSeconds;
  }

  /**
   * Makes a next key the current one, and its algorithm sign where it has waited for this key. Must run
   * in a unit of work that has locked the project.
   */
  async activate(manager: EntityManager, key: SigningKey): Promise<SigningKey> {
    const change = {
      status: "CURRENT" as const,
      activatedAt: this.platform.clock.now(),
      longestLifetimeSeconds: await this.#usualLifetime(manager, key.projectId),
    };
    await manager.update(SigningKey, { kid: key.kid }, change);
    const waiting = { projectId: key.projectId, signingAlgorithm: key.algorithm };
    await manager.update(Project, waiting, { formerSigningAlgorithm: null });
    await manager.update(Api, waiting, { formerSigningAlgorithm: null });
    return Object.assign(key, change);
  }

  /** Stores a new key that signs at once. Must run in a unit of work. */
  async insertCurrent(manager: EntityManager, key: SigningKey): Promise<void> {
    key.longestLifetimeSeconds = await this.#usualLifetime(manager, key.projectId);
    await manager.insert(SigningKey, key);
  }

  /** Keeps a current key published until its last token has expired. Must run in a unit of work. */
  async retire(manager: EntityManager, key: SigningKey): Promise<void> {
    const seconds = key.longestLifetimeSeconds + RETIREMENT_MARGIN_SECONDS;
    const retiresAt = secondsFrom(this.platform.clock.now(), seconds);
    await manager.update(SigningKey, { kid: key.kid }, { status: "PREVIOUS", retiresAt });
  }
}

export function keyNotFound() {
  return new CountersignError("SIGNING_KEY_NOT_FOUND", "No such signing key");
}
