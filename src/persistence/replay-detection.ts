import { createHash } from "node:crypto";
import { ConsumedId } from "./consumed-id.entity.js";
import { isUniqueViolation } from "./database-errors.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What may be used only once, across all processes: ids of assertions, of proofs, of tokens. */
export class ReplayDetection {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Call it after the signature has been verified: an unsigned id must not use up a signed one.
   * @param namespace keeps different kinds of ids apart
   * @returns whether this was the first use
   */
  async consume(namespace: string, id: readonly string[], expiresAt: Date): Promise<boolean> {
    const digest = computeDigest(namespace, id);
    try {
      await this.unitOfWork.write((manager) => manager.insert(ConsumedId, { digest, expiresAt }));
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** Only looks: somebody else may use it a moment later. */
  async isConsumed(namespace: string, id: readonly string[]): Promise<boolean> {
    return this.unitOfWork.read.existsBy(ConsumedId, { digest: computeDigest(namespace, id) });
  }
}

function computeDigest(namespace: string, id: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([namespace, ...id]))
    .digest("base64url");
}
