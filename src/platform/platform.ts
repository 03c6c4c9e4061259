import { AuditLog } from "../audit/audit-log.js";
import { BatchedReads } from "../persistence/batched-reads.js";
import { Idempotency } from "../persistence/idempotency.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { MasterKeyRing } from "../shared/master-key.js";

/** The dependencies that nearly every service has. */
export interface Platform {
  unitOfWork: UnitOfWork;
  batchedReads: BatchedReads;
  auditLog: AuditLog;
  idempotency: Idempotency;
  clock: Clock;
}

export function createPlatform(
  unitOfWork: UnitOfWork,
  masterKeys: MasterKeyRing,
  clock: Clock,
): Platform {
  return {
    unitOfWork,
    batchedReads: new BatchedReads(unitOfWork),
    auditLog: new AuditLog(unitOfWork, clock),
    idempotency: new Idempotency(unitOfWork, masterKeys, clock),
    clock,
  };
}
