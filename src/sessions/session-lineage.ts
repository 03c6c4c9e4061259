import { type EntityManager, type FindOptionsWhere, In } from "typeorm";
import { earliestElsewhere } from "../shared/clock.js";
import { activeAt } from "./active-sessions.js";
import { Session } from "./session.entity.js";

/** Active sessions of a member that were started without a management key (ADR 0022). */
export const MAX_SESSIONS_STARTED_BY_MEMBER = 100;

const EXCHANGED_FROM = `WITH RECURSIVE revoked AS (
  SELECT session_id FROM sessions WHERE project_id = :projectId AND __OWNER__ = :owner
  UNION
  SELECT exchanged.session_id FROM sessions exchanged
  JOIN revoked ON exchanged.parent_session_id = revoked.session_id
  WHERE exchanged.project_id = :projectId
) SELECT session_id FROM revoked`;

const OWNER_COLUMNS = {
  sessionId: "session_id",
  memberId: "member_id",
  organizationId: "organization_id",
} as const;

/** A session, or a member's or an organization's sessions. */
export type SessionsToEnd = { [Owner in keyof typeof OWNER_COLUMNS]?: string };

/** Revokes active sessions, and those exchanged from them, also from ended ones; runs in a unit of work. */
export async function revokeWithExchanged(
  manager: EntityManager,
  projectId: string,
  sessions: SessionsToEnd,
  now: Date,
): Promise<void> {
  const [[property, owner]] = Object.entries(sessions) as [[keyof SessionsToEnd, string]];
  const sessionIds = EXCHANGED_FROM.replace("__OWNER__", OWNER_COLUMNS[property]);
  // Where the clock is behind, a session that has just ended here could still be extended (ADR 0023).
  const active = activeAt(earliestElsewhere(now));
  // An exchange that was under way holds a lock on its session. Its new session is seen only afterwards.
  for (let affected = 1; affected > 0; ) {
    const result = await manager
      .createQueryBuilder()
      .update(Session)
      .set({ revokedAt: now })
      .where({ projectId, ...active })
      .andWhere(`session_id IN (${sessionIds})`, { projectId, owner })
      .execute();
    affected = result.affected ?? 0;
  }
}

/** Deletes the oldest sessions above the cap; runs in a unit of work. */
export async function deleteOldest(
  manager: EntityManager,
  { projectId, memberId }: Session,
  now: Date,
): Promise<void> {
  const surplus = await manager.find(Session, {
    select: { sessionId: true },
    where: { projectId, memberId, startedByMember: true, ...activeAt(now) },
    order: { startedAt: "DESC", sessionId: "DESC" },
    skip: MAX_SESSIONS_STARTED_BY_MEMBER,
    take: MAX_SESSIONS_STARTED_BY_MEMBER,
  });
  await deleteSessions(manager, projectId, surplus);
}

/** Deletes what the member has exchanged the session for before; runs in a unit of work. */
export async function deleteExchanged(
  manager: EntityManager,
  { projectId, memberId, sessionId }: Session,
): Promise<void> {
  const where = { projectId, memberId, parentSessionId: sessionId, startedByMember: true as const };
  await deleteSessions(manager, projectId, await manager.findBy(Session, where));
}

/** The parent of a deleted session becomes that of the sessions exchanged from it. */
async function deleteSessions(
  manager: EntityManager,
  projectId: string,
  sessions: readonly Pick<Session, "sessionId">[],
): Promise<void> {
  if (sessions.length === 0) return;
  const sessionIds = sessions.map(({ sessionId }) => sessionId);
  const grandparent = `(SELECT parent.parent_session_id FROM sessions parent
    WHERE parent.project_id = sessions.project_id AND parent.session_id = sessions.parent_session_id)`;
  const where: FindOptionsWhere<Session> = { projectId, parentSessionId: In(sessionIds) };
  await manager.update(Session, where, { parentSessionId: () => grandparent });
  await manager.delete(Session, { projectId, sessionId: In(sessionIds) });
}
