import { z } from "zod";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { Project, SIGNING_ALGORITHMS, type SigningAlgorithm } from "../projects/project.entity.js";
import { assertPermitted, type Caller, systemCaller } from "../shared/caller.js";
import { secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { SigningKey } from "./signing-key.entity.js";
import {
  JWKS_PROPAGATION_SECONDS,
  keyNotFound,
  type SigningKeyStore,
} from "./signing-key-store.js";

export interface RotateSigningKey {
  /** Absent: the project's. */
  algorithm?: SigningAlgorithm | null;
  /** Rotates even if the next key is so new that verifiers may not have fetched it. */
  force?: boolean | null;
}

const DAY_SECONDS = 24 * 3600;

const rotateRules = z.object({
  algorithm: z.enum(SIGNING_ALGORITHMS).nullish(),
  force: z.boolean().nullish(),
});

/** Lists, rotates and revokes signing keys, on request and on schedule. */
export class KeyRotation {
  constructor(
    private readonly platform: Platform,
    private readonly masterKeys: MasterKeyRing,
    private readonly keys: SigningKeyStore,
  ) {}

  async find(caller: Caller, kid: string): Promise<SigningKey | null> {
    assertPermitted(caller, "signing_keys:read");
    return this.platform.batchedReads.find(caller, SigningKey, "kid", kid);
  }

  /** @returns all keys, including revoked ones, newest first */
  async list(caller: Caller, request: PageRequest): Promise<Page<SigningKey>> {
    assertPermitted(caller, "signing_keys:read");
    const { projectId } = caller;
    const query = this.platform.unitOfWork.read
      .createQueryBuilder(SigningKey, "key")
      .where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "kid", direction: "DESC" });
  }

  /**
   * Makes the next key the current one and publishes a new next key. The former current key stays
   * published until its last token has expired.
   * @throws SIGNING_KEY_NOT_FOUND; PRECONDITION_FAILED while verifiers may not have fetched the next key
   */
  async rotate(caller: Caller, input: RotateSigningKey): Promise<SigningKey> {
    assertPermitted(caller, "signing_keys:write");
    const { algorithm: requestedAlgorithm, force } = validate(rotateRules, input);
    const { projectId } = caller;
    const algorithm = requestedAlgorithm ?? (await this.#projectAlgorithm(projectId));
    const newNext = await this.keys.generate(projectId, algorithm, "NEXT");
    return this.platform.unitOfWork.write(async (manager) => {
      await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      const next = await this.keys.find(projectId, algorithm, "NEXT");
      if (!next) throw keyNotFound();
      if (!force && !this.keys.isPropagated(next)) {
        throw new CountersignError(
          "PRECONDITION_FAILED",
          `The next key must have been published for ${JWKS_PROPAGATION_SECONDS} seconds, unless force is true`,
        );
      }
      const current = await this.keys.find(projectId, algorithm, "CURRENT");
      if (current) await this.keys.retire(manager, current);
      const activated = await this.keys.activate(manager, next);
      await manager.insert(SigningKey, newNext);
      await this.platform.auditLog.record(caller, {
        action: "signingKey.rotate",
        targetId: next.kid,
      });
      return activated;
    });
  }

  /**
   * Revokes a key, and with it all tokens that it has signed. If it is the current key, the next key
   * becomes current at once.
   * @throws SIGNING_KEY_NOT_FOUND
   */
  async revoke(caller: Caller, kid: string): Promise<SigningKey> {
    assertPermitted(caller, "signing_keys:write");
    validate(idToLookUp, kid, ["input", "kid"]);
    const { projectId } = caller;
    const existing = await this.platform.unitOfWork.read.findOneBy(SigningKey, { projectId, kid });
    if (!existing) throw keyNotFound();
    const newNext = await this.keys.generate(projectId, existing.algorithm, "NEXT");
    return this.platform.unitOfWork.write(async (manager) => {
      await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      const key = await manager.findOneBy(SigningKey, { projectId, kid });
      if (!key || key.status === "REVOKED") throw keyNotFound();
      if (key.status === "CURRENT") {
        const next = await this.keys.find(projectId, key.algorithm, "NEXT");
        if (!next) throw keyNotFound();
        await this.keys.activate(manager, next);
      }
      if (key.status !== "PREVIOUS") await manager.insert(SigningKey, newNext);
      const change = { status: "REVOKED" as const, revokedAt: this.platform.clock.now() };
      await manager.update(SigningKey, { kid }, change);
      await this.platform.auditLog.record(caller, { action: "signingKey.revoke", targetId: kid });
      return Object.assign(key, change);
    });
  }

  /** Rotates keys that are due by their project's schedule, and deletes previous keys that have retired. */
  async runSchedule(): Promise<void> {
    const now = this.platform.clock.now();
    await this.platform.unitOfWork.write((manager) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(SigningKey)
        .where("status = 'PREVIOUS' AND retires_at <= :now", { now })
        .execute(),
    );
    const scheduled = await this.platform.unitOfWork.read
      .createQueryBuilder(SigningKey, "key")
      .innerJoinAndSelect("key.project", "project")
      .where("key.status = 'CURRENT' AND project.signingKeyRotationDays IS NOT NULL")
      .getMany();
    for (const { projectId, algorithm, activatedAt, project } of scheduled) {
      const rotationSeconds = (project.signingKeyRotationDays ?? 0) * DAY_SECONDS;
      if (activatedAt && secondsFrom(activatedAt, rotationSeconds) > now) continue;
      await this.rotate(systemCaller(projectId), { algorithm }).catch((error: unknown) => {
        // Another process has already rotated the key, so that the next key is too new.
        if (!(error instanceof CountersignError && error.code === "PRECONDITION_FAILED"))
          throw error;
      });
    }
  }

  /** Seals under the current master key all private keys that are sealed under a former one. */
  async rewrap(): Promise<void> {
    const keys = await this.platform.unitOfWork.read.find(SigningKey);
    for (const { kid, sealedPrivateJwk } of keys) {
      if (this.masterKeys.isSealedByCurrentKey(sealedPrivateJwk)) continue;
      const rewrapped = await this.masterKeys.seal(await this.masterKeys.unseal(sealedPrivateJwk));
      await this.platform.unitOfWork.write((manager) =>
        manager.update(SigningKey, { kid }, { sealedPrivateJwk: rewrapped }),
      );
    }
  }

  async #projectAlgorithm(projectId: string): Promise<SigningAlgorithm> {
    const project = await this.platform.unitOfWork.read.findOneByOrFail(Project, { projectId });
    return project.signingAlgorithm;
  }
}
