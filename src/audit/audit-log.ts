import { insertMany } from "../persistence/insert-many.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { newId } from "../shared/ids.js";
import type { AuditAction } from "./audit-actions.js";
import { AuditEvent } from "./audit-event.entity.js";

export interface Change {
  action: AuditAction;
  targetId: string;
}

/** Tokens that one client got from one address within a few seconds. */
export interface TokensIssued extends RequestSource {
  projectId: string;
  clientId: string;
  /** Id of the latest token. */
  jti: string;
  count: number;
  occurredAt: Date;
}

/** Action of events about issued tokens, the only events that are deleted after some time. */
export const TOKENS_ISSUED = "token.issue" satisfies AuditAction;

/** Records changes and issued tokens as audit events. */
export class AuditLog {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Records a change in the active unit of work; throws outside of one. */
  async record(caller: Caller, change: Change): Promise<void> {
    await this.unitOfWork.activeManager.insert(AuditEvent, {
      auditEventId: newId("event"),
      projectId: caller.projectId,
      action: change.action,
      actorType: caller.actor.type,
      actorId: caller.actor.id,
      targetType: change.action.slice(0, change.action.indexOf(".")),
      targetId: change.targetId,
      count: 1,
      outcome: "SUCCESS",
      requestId: caller.requestId,
      ipAddress: caller.ipAddress,
      occurredAt: this.clock.now(),
    });
  }

  /** Records issued tokens in a unit of work of its own. */
  async recordTokens(issued: readonly TokensIssued[]): Promise<void> {
    const events = issued.map(({ clientId, jti, ...rest }) => ({
      ...rest,
      auditEventId: newId("event"),
      action: TOKENS_ISSUED,
      actorType: "CLIENT",
      actorId: clientId,
      targetType: "token",
      targetId: jti,
      outcome: "SUCCESS" as const,
    }));
    await this.unitOfWork.write((manager) => insertMany(manager, AuditEvent, events));
  }
}
