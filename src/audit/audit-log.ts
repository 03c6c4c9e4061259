import { insertMany } from "../persistence/insert-many.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Actor, Caller, RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { newId } from "../shared/ids.js";
import { storeActivity } from "./activity-events.js";
import type { AuditAction } from "./audit-actions.js";
import { AuditEvent } from "./audit-event.entity.js";

export interface Change {
  action: AuditAction;
  targetId: string;
}

/** Action of events about issued tokens. They are deleted after some time, as those of members are. */
export const TOKENS_ISSUED = "token.issue" satisfies AuditAction;
/** Action of events about clients that were verified without a token, which are deleted likewise. */
export const CLIENTS_VERIFIED = "client.verify" satisfies AuditAction;

/** What one client did from one address since the last write. */
export interface ClientActivity extends RequestSource {
  action: typeof TOKENS_ISSUED | typeof CLIENTS_VERIFIED;
  projectId: string;
  clientId: string;
  /** `jti` of the latest token, or the client's own id. */
  targetId: string;
  count: number;
  occurredAt: Date;
}

/** Actors whose events are activity (ADR 0022): with each request they could cause one. */
const ACTIVE_ACTOR = "MEMBER" satisfies Actor["type"];
/** Members change these as other callers do: each change is an event of its own, which stays (ADR 0029). */
const CHANGED_BY_MEMBERS = ["client", "clientGrant"];

/** SQL conditions of activity, which is deleted after some time. */
export const ACTIVITY_CONDITIONS = [
  `action = '${TOKENS_ISSUED}'`,
  `action = '${CLIENTS_VERIFIED}'`,
  `actor_type = '${ACTIVE_ACTOR}' AND target_type NOT IN (${CHANGED_BY_MEMBERS.map((type) => `'${type}'`).join(", ")})`,
] as const;

/** Records changes and issued tokens as audit events. Activity of members is one event for an hour, as tokens are. */
export class AuditLog {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Records a change in the active unit of work; throws outside of one. */
  async record(caller: Caller, change: Change): Promise<void> {
    const manager = this.unitOfWork.activeManager;
    const event = this.#toEvent(caller, change);
    if (isActivity(event)) await storeActivity(manager, [event]);
    else await insertMany(manager, AuditEvent, [{ ...event, auditEventId: newId("event") }]);
  }

  /** Records the changes that one operation of a machine or an operator makes; must run in a unit of work. */
  async recordAll(caller: Caller, changes: readonly Change[]): Promise<void> {
    const events = changes.map((change) => ({
      ...this.#toEvent(caller, change),
      auditEventId: newId("event"),
    }));
    await insertMany(this.unitOfWork.activeManager, AuditEvent, events);
  }

  #toEvent(caller: Caller, change: Change) {
    return {
      projectId: caller.projectId,
      action: change.action,
      actorType: caller.actor.type,
      actorId: caller.actor.id,
      targetType: typeOfTarget(change.action),
      targetId: change.targetId,
      count: 1,
      outcome: "SUCCESS",
      requestId: caller.requestId,
      ipAddress: caller.ipAddress,
      occurredAt: this.clock.now(),
    } as const;
  }

  /** Records issued tokens and verified clients in a unit of work of its own. */
  async recordClientActivity(activities: readonly ClientActivity[]): Promise<void> {
    const events = activities.map(({ clientId, ...activity }) => ({
      ...activity,
      actorType: "CLIENT",
      actorId: clientId,
      targetType: typeOfTarget(activity.action),
      outcome: "SUCCESS" as const,
    }));
    await this.unitOfWork.write((manager) => storeActivity(manager, events));
  }
}

function isActivity({ actorType, targetType }: Pick<AuditEvent, "actorType" | "targetType">) {
  return actorType === ACTIVE_ACTOR && !CHANGED_BY_MEMBERS.includes(targetType);
}

function typeOfTarget(action: AuditAction): string {
  return action.slice(0, action.indexOf("."));
}
