import { LessThanOrEqual } from "typeorm";
import type { ClientOwner } from "../shared/client-owner.js";
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
  /** Keys of callers that see only clients of one owner are apart from everybody else's. */
  owner?: ClientOwner | null;
  /** Absent: the operation runs without replay. */
  key: string | null | undefined;
  input: object;
}

/** Stores, in the current unit of work, which resource was created with the key. */
export type RecordResult = (resourceId: string) => Promise<void>;

/** Lets a caller repeat a creation after a lost response: the second call returns the result of the first. */
export class Idempotency {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /**
   * @param perform creates the resource and calls `recordResult` in its unit of work
   * @param replay returns the resource that was created before, without secrets
   * @throws IDEMPOTENCY_CONFLICT when the key was used with a different input
   */
  async run<T>(
    operation: IdempotentOperation,
    perform: (recordResult: RecordResult) => Promise<T>,
    replay: (resourceId: string) => Promise<T>,
  ): Promise<T> {
    const { projectId, key, input } = operation;
    const name = storedName(operation);
    if (key === null || key === undefined) return perform(async () => {});
    const inputJson = canonicalJson(input);
    const resourceId = await this.#findResourceId(operation, inputJson);
    // A unit of work, so that the response waits until the original creation is on the disk.
    if (resourceId) return this.unitOfWork.write(() => replay(resourceId));
    const recordResult: RecordResult = async (resourceId) => {
      const now = this.clock.now();
      const expiresAt = secondsFrom(now, RETENTION_SECONDS);
      const where = { projectId, operation: name, key };
      const fingerprint = this.masterKeys.fingerprint(inputJson);
      const manager = this.unitOfWork.activeManager;
      await manager.delete(IdempotencyKey, { ...where, expiresAt: LessThanOrEqual(now) });
      await manager.insert(IdempotencyKey, { ...where, fingerprint, resourceId, expiresAt });
    };
    try {
      return await perform(recordResult);
    } catch (error) {
      // A concurrent call with the same key may have been first.
      if (!isUniqueViolation(error) && !(error instanceof CountersignError)) throw error;
      const concurrent = await this.#findResourceId(operation, inputJson);
      if (concurrent) return this.unitOfWork.write(() => replay(concurrent));
      throw error;
    }
  }

  async #findResourceId(operation: IdempotentOperation, inputJson: string): Promise<string | null> {
    const { projectId } = operation;
    const row = await this.unitOfWork.read.findOneBy(IdempotencyKey, {
      projectId,
      operation: storedName(operation),
      key: operation.key ?? "",
    });
    if (!row || row.expiresAt <= this.clock.now()) return null;
    if (!this.masterKeys.matchesFingerprint(inputJson, row.fingerprint)) {
      throw new CountersignError(
        "IDEMPOTENCY_CONFLICT",
        "This idempotency key was used with a different input",
        { path: ["input", "idempotencyKey"] },
      );
    }
    return row.resourceId;
  }
}

function storedName({ operation, owner }: IdempotentOperation): string {
  return owner ? `${operation} ${owner.type} ${owner.id}` : operation;
}

/** JSON with sorted keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
