import { createHash } from "node:crypto";
import { ConsumedId } from "./consumed-id.entity.js";
import { isUniqueViolation } from "./database-errors.js";
import { insertMany } from "./insert-many.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** Remembers the ids of assertions, proofs and tokens that may be used once, across all processes. */
export class ReplayDetection {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Records the use of an id. Call it after verifying the signature, so that forgeries cannot consume ids.
   * @param namespace separates different kinds of ids
   * @returns whether this is the first use
   */
  async consume(namespace: string, id: readonly string[], expiresAt: Date): Promise<boolean> {
    const digest = computeDigest(namespace, id);
    try {
      await this.unitOfWork.write((manager) =>
        insertMany(manager, ConsumedId, [{ digest, expiresAt }]),
      );
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** Does not reserve the id: a concurrent request may consume it. */
  async isConsumed(namespace: string, id: readonly string[]): Promise<boolean> {
    return this.unitOfWork.read.existsBy(ConsumedId, { digest: computeDigest(namespace, id) });
  }
}

function computeDigest(namespace: string, id: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([namespace, ...id]))
    .digest("base64url");
}
