import { z } from "zod";
import type { BatchedReads } from "../persistence/batched-reads.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { type Actor, assertPermitted, type Caller } from "../shared/caller.js";
import { idToLookUp, timestamp, validate } from "../shared/validation.js";
import { ACTOR_TYPES, AUDIT_ACTIONS, type AuditAction } from "./audit-actions.js";
import { AuditEvent } from "./audit-event.entity.js";

export interface AuditEventFilter {
  action?: AuditAction | null;
  actorType?: Actor["type"] | null;
  actorId?: string | null;
  targetType?: string | null;
  targetId?: string | null;
  requestId?: string | null;
  occurredFrom?: Date | null;
  occurredBefore?: Date | null;
}

const filterRules = z.object({
  action: z.enum(Object.keys(AUDIT_ACTIONS) as AuditAction[]).nullish(),
  actorType: z.enum(Object.keys(ACTOR_TYPES) as Actor["type"][]).nullish(),
  actorId: idToLookUp.nullish(),
  targetType: idToLookUp.nullish(),
  targetId: idToLookUp.nullish(),
  requestId: idToLookUp.nullish(),
  occurredFrom: timestamp.nullish(),
  occurredBefore: timestamp.nullish(),
});

/** Reads the audit events of a project. */
export class AuditEventService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly batchedReads: BatchedReads,
  ) {}

  async find(caller: Caller, auditEventId: string): Promise<AuditEvent | null> {
    assertPermitted(caller, "audit:read");
    return this.batchedReads.find(caller, AuditEvent, "auditEventId", auditEventId);
  }

  /** Newest first. */
  async list(
    caller: Caller,
    request: PageRequest,
    filter: AuditEventFilter,
  ): Promise<Page<AuditEvent>> {
    assertPermitted(caller, "audit:read");
    const { projectId } = caller;
    const rules = validate(filterRules, filter, ["filter"]);
    const { occurredFrom, occurredBefore, ...equal } = rules;
    const query = this.unitOfWork.read.createQueryBuilder(AuditEvent, "event").where({ projectId });
    for (const [property, value] of Object.entries(equal)) {
      if (value !== null && value !== undefined) query.andWhere({ [property]: value });
    }
    if (occurredFrom) query.andWhere("event.occurredAt >= :occurredFrom", { occurredFrom });
    if (occurredBefore) query.andWhere("event.occurredAt < :occurredBefore", { occurredBefore });
    return keysetPage(query, request, { by: "occurredAt", id: "auditEventId", direction: "DESC" });
  }
}
