import type { EntityManager } from "typeorm";
import { insertMany } from "../persistence/insert-many.js";
import { derivedId } from "../shared/ids.js";
import { networkPrefix } from "../shared/network.js";
import { AuditEvent } from "./audit-event.entity.js";

const HOUR_MS = 3_600_000;

/** What the latest occurrence determines. */
const LATEST_COLUMNS = ["target_id", "request_id", "ip_address", "occurred_at"];

const ADD_TO_EXISTING = `("audit_event_id") DO UPDATE SET count = audit_events.count + excluded.count, ${LATEST_COLUMNS.map(
  (column) =>
    `${column} = CASE WHEN excluded.occurred_at >= audit_events.occurred_at THEN excluded.${column} ELSE audit_events.${column} END`,
).join(", ")}`;

export type Activity = Omit<AuditEvent, "auditEventId">;

/**
 * Stores what actors do repeatedly: the same action of one actor, from one network, within an hour is one event
 * (ADR 0022). Its id says so, and all processes add to it. Must run in a unit of work.
 */
export async function storeActivity(
  manager: EntityManager,
  activities: readonly Activity[],
): Promise<void> {
  await insertMany(manager, AuditEvent, combine(activities), ADD_TO_EXISTING);
}

/** One event for an id, sorted, so that two processes lock rows in the same order and cannot deadlock. */
export function combine(activities: readonly Activity[]): AuditEvent[] {
  const events = new Map<string, AuditEvent>();
  for (const activity of activities) {
    const auditEventId = activityId(activity);
    const other = events.get(auditEventId) ?? { ...activity, count: 0 };
    const latest = other.occurredAt > activity.occurredAt ? other : activity;
    events.set(auditEventId, { ...latest, auditEventId, count: other.count + activity.count });
  }
  return [...events.values()].sort((a, b) => (a.auditEventId < b.auditEventId ? -1 : 1));
}

function activityId({ projectId, action, actorType, actorId, ipAddress, occurredAt }: Activity) {
  const hour = Math.floor(occurredAt.getTime() / HOUR_MS);
  const key = [projectId, action, actorType, actorId, networkPrefix(ipAddress), hour];
  return derivedId("event", JSON.stringify(key));
}
