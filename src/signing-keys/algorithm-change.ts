import type { EntityManager } from "typeorm";
import { Api } from "../apis/api.entity.js";
import type { Platform } from "../platform/platform.js";
import { Project, type SigningAlgorithm } from "../projects/project.entity.js";
import { type Caller, systemCaller } from "../shared/caller.js";
import { secondsFrom } from "../shared/clock.js";
import { SigningKey } from "./signing-key.entity.js";
import { JWKS_PROPAGATION_SECONDS, type SigningKeyStore } from "./signing-key-store.js";

/** A change of the algorithm that has not taken effect. */
export interface PendingAlgorithmChange {
  signedWith: SigningAlgorithm;
  effectiveAt: Date;
}

/** Lets a project or an API sign with an algorithm that has no current key yet (ADR 0008). */
export class AlgorithmChange {
  constructor(
    private readonly platform: Platform,
    private readonly keys: SigningKeyStore,
  ) {}

  /**
   * Implements `PrepareSigningKey`: publishes the first key of an algorithm. It signs once verifiers have
   * it, or at once if the change is forced.
   */
  async prepare(caller: Caller, algorithm: SigningAlgorithm, force: boolean) {
    const { projectId } = caller;
    if (await this.keys.find(projectId, algorithm, "CURRENT")) return async () => true;
    const [next, current] = await Promise.all([
      this.keys.generate(projectId, algorithm, "NEXT"),
      force ? this.keys.generate(projectId, algorithm, "CURRENT") : null,
    ]);
    return async (manager: EntityManager) => {
      await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      if (await this.keys.find(projectId, algorithm, "CURRENT")) return true;
      const published = await this.keys.find(projectId, algorithm, "NEXT");
      if (!published) {
        await manager.insert(SigningKey, next);
        if (current) await this.keys.insertCurrent(manager, current);
        return force;
      }
      if (!force && !this.keys.isPropagated(published)) return false;
      await this.keys.activate(manager, published);
      await manager.insert(SigningKey, next);
      await this.platform.auditLog.record(caller, {
        action: "signingKey.rotate",
        targetId: published.kid,
      });
      return true;
    };
  }

  /** Lets each algorithm sign whose first key has been published long enough. */
  async runSchedule(): Promise<void> {
    const publishedBefore = secondsFrom(this.platform.clock.now(), -JWKS_PROPAGATION_SECONDS);
    const due = await this.platform.unitOfWork.read
      .createQueryBuilder(SigningKey, "key")
      .where("key.status = 'NEXT' AND key.createdAt <= :publishedBefore", { publishedBefore })
      .andWhere((query) => {
        const [ofProject, ofApi] = [Project, Api].map((owner) =>
          query
            .subQuery()
            .select("1")
            .from(owner, "owner")
            .where("owner.projectId = key.projectId AND owner.signingAlgorithm = key.algorithm")
            .andWhere("owner.formerSigningAlgorithm IS NOT NULL")
            .getQuery(),
        );
        return `(EXISTS ${ofProject} OR EXISTS ${ofApi})`;
      })
      .getMany();
    for (const { projectId, algorithm } of due) {
      const store = await this.prepare(systemCaller(projectId), algorithm, false);
      await this.platform.unitOfWork.write(store);
    }
  }

  /** @returns null if tokens are signed with the algorithm that is set */
  async pending(owner: Project | Api): Promise<PendingAlgorithmChange | null> {
    const { projectId, signingAlgorithm, formerSigningAlgorithm } = owner;
    if (!signingAlgorithm || !formerSigningAlgorithm) return null;
    const next = await this.keys.find(projectId, signingAlgorithm, "NEXT");
    return (
      next && { signedWith: formerSigningAlgorithm, effectiveAt: this.keys.propagatedAt(next) }
    );
  }
}
