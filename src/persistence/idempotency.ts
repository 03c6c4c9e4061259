import { LessThanOrEqual } from "typeorm";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { isUniqueViolation } from "./database-errors.js";
import { IdempotencyKey } from "./idempotency-key.entity.js";
import type { UnitOfWork } from "./unit-of-work.js";

const RETENTION_SECONDS = 24 * 3600;

export interface IdempotentOperation {
  projectId: string;
  operation: string;
  /** Absent: the operation is simply performed. */
  key: string | null | undefined;
  input: object;
}

/** Stores inside the unit of work which resource the key has made. */
export type RecordResult = (resourceId: string) => Promise<void>;

/** Lets a caller repeat a creation after a lost answer: the second one returns what the first made. */
export class Idempotency {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /**
   * @param perform does the work; calls `recordResult` within its unit of work
   * @param replay returns what was made before, without any secret
   * @throws IDEMPOTENCY_CONFLICT when the key was used with another input
   */
  async run<T>(
    operation: IdempotentOperation,
    perform: (recordResult: RecordResult) => Promise<T>,
    replay: (resourceId: string) => Promise<T>,
  ): Promise<T> {
    const { projectId, operation: name, key, input } = operation;
    if (key === null || key === undefined) return perform(async () => {});
    const text = canonicalJson(input);
    const earlier = await this.#find(operation, text);
    // in a unit of work, after which also what it repeats is on the disk
    if (earlier) return this.unitOfWork.write(() => replay(earlier));
    const recordResult: RecordResult = async (resourceId) => {
      const now = this.clock.now();
      const expiresAt = secondsFrom(now, RETENTION_SECONDS);
      const where = { projectId, operation: name, key };
      const fingerprint = this.masterKeys.fingerprint(text);
      const manager = this.unitOfWork.activeManager;
      await manager.delete(IdempotencyKey, { ...where, expiresAt: LessThanOrEqual(now) });
      await manager.insert(IdempotencyKey, { ...where, fingerprint, resourceId, expiresAt });
    };
    try {
      return await perform(recordResult);
    } catch (error) {
      // The same request may have been under way twice; whoever came second replays.
      if (!isUniqueViolation(error) && !(error instanceof CountersignError)) throw error;
      const concurrent = await this.#find(operation, text);
      if (concurrent) return this.unitOfWork.write(() => replay(concurrent));
      throw error;
    }
  }

  async #find(operation: IdempotentOperation, text: string): Promise<string | null> {
    const { projectId, operation: name } = operation;
    const row = await this.unitOfWork.read.findOneBy(IdempotencyKey, {
      projectId,
      operation: name,
      key: operation.key ?? "",
    });
    if (!row || row.expiresAt <= this.clock.now()) return null;
    if (!this.masterKeys.matchesFingerprint(text, row.fingerprint)) {
      throw new CountersignError(
        "IDEMPOTENCY_CONFLICT",
        "This idempotency key was used with another input",
        { path: ["input", "idempotencyKey"] },
      );
    }
    return row.resourceId;
  }
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
