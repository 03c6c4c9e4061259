import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import { systemCaller } from "../shared/caller.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { SigningKey } from "./signing-key.entity.js";
import type { SigningKeyStore } from "./signing-key-store.js";

/** Takes the place of a private key that nobody can unseal any more. */
const LOST = "null";

/** Makes a database usable whose master key is lost: its signing keys sign no more, and others take their place. */
export class LostMasterKey {
  constructor(
    private readonly platform: Platform,
    private readonly masterKeys: MasterKeyRing,
    private readonly keys: SigningKeyStore,
  ) {}

  /**
   * Replaces the signing keys that the master keys do not open. The former ones stay published, so that their tokens
   * stay valid until they expire.
   * @returns `kid` of the keys that were replaced
   */
  async replaceSigningKeys(): Promise<string[]> {
    const all = await this.platform.unitOfWork.read.find(SigningKey, { order: { kid: "ASC" } });
    const lost: SigningKey[] = [];
    for (const key of all) if (!(await this.#opens(key))) lost.push(key);
    for (const key of lost) await this.#replace(key);
    return lost.map(({ kid }) => kid);
  }

  async #opens({ sealedPrivateJwk }: SigningKey): Promise<boolean> {
    return this.masterKeys.unseal(sealedPrivateJwk).then(
      () => true,
      () => false,
    );
  }

  async #replace({ kid, projectId, algorithm, status }: SigningKey): Promise<void> {
    const isInUse = status === "CURRENT" || status === "NEXT";
    const replacement = isInUse ? await this.keys.generate(projectId, algorithm, status) : null;
    const sealedPrivateJwk = await this.masterKeys.seal(LOST);
    const { unitOfWork, auditLog } = this.platform;
    await unitOfWork.write(async (manager) => {
      await unitOfWork.findForUpdate(Project, { projectId });
      const key = await manager.findOneByOrFail(SigningKey, { kid });
      if (replacement && status === "NEXT") {
        // It has signed nothing.
        await manager.delete(SigningKey, { kid });
        await manager.insert(SigningKey, replacement);
      } else if (replacement) {
        await this.keys.retire(manager, key);
        await this.keys.insertCurrent(manager, replacement);
      }
      await manager.update(SigningKey, { kid }, { sealedPrivateJwk });
      const change = { action: "signingKey.replace", targetId: kid } as const;
      await auditLog.record(systemCaller(projectId), change);
    });
  }
}
