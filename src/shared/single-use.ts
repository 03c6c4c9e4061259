import { createHash } from "node:crypto";
import { isUniqueViolation } from "./database-errors.js";
import type { UnitOfWork } from "./unit-of-work.js";
import { UsedMark } from "./used-mark.entity.js";

/** What may be used only once, across all processes: ids of assertions, of proofs, of tokens. */
export class SingleUse {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Call it after the signature has been verified: an unsigned id must not use up a signed one.
   * @param kind keeps different kinds of ids apart
   * @returns whether this was the first use
   */
  async claim(kind: string, id: readonly string[], expiresAt: Date): Promise<boolean> {
    const digest = digestOf(kind, id);
    try {
      await this.unitOfWork.write((manager) => manager.insert(UsedMark, { digest, expiresAt }));
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** Only looks: somebody else may use it a moment later. */
  async isClaimed(kind: string, id: readonly string[]): Promise<boolean> {
    return this.unitOfWork.read.existsBy(UsedMark, { digest: digestOf(kind, id) });
  }
}

function digestOf(kind: string, id: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, ...id]))
    .digest("base64url");
}
