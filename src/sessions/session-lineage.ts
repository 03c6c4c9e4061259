import { type EntityManager, In, IsNull } from "typeorm";
import { earliestElsewhere } from "../shared/clock.js";
import { activeAt } from "./active-sessions.js";
import { Session } from "./session.entity.js";

/** Active sessions that a member started itself (ADR 0022). */
const MAX_SESSIONS_STARTED_BY_MEMBER = 100;

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

/**
 * SQL condition of sessions that none was exchanged from. The others stay, also when they have ended: revoking their
 * member's sessions, or those that they were exchanged from, finds the later ones through them.
 */
export const NOT_EXCHANGED = `NOT EXISTS (SELECT 1 FROM sessions exchanged
  WHERE exchanged.project_id = sessions.project_id AND exchanged.parent_session_id = sessions.session_id)`;

/**
 * Children of sessions that ended before `:before`, and that have an earlier one of the same member. SQLite reads the
 * left side of a CROSS JOIN first: by the indices of ends.
 */
const NEEDLESS_PARENTS = `SELECT child.project_id, child.session_id
  FROM sessions parent CROSS JOIN sessions child
  WHERE child.project_id = parent.project_id AND child.parent_session_id = parent.session_id
  AND parent.parent_session_id IS NOT NULL AND (parent.expires_at <= :before OR parent.revoked_at <= :before) AND EXISTS (
    WITH RECURSIVE earlier AS (
      SELECT parent.parent_session_id AS session_id
      UNION
      SELECT ancestor.parent_session_id FROM sessions ancestor
      JOIN earlier ON ancestor.session_id = earlier.session_id
      WHERE ancestor.project_id = parent.project_id
    ) SELECT 1 FROM earlier JOIN sessions ancestor ON ancestor.session_id = earlier.session_id
    WHERE ancestor.project_id = parent.project_id AND ancestor.member_id = parent.member_id
  ) LIMIT 500`;

const GRANDPARENT = `(SELECT parent.parent_session_id FROM sessions parent
  WHERE parent.project_id = sessions.project_id AND parent.session_id = sessions.parent_session_id)`;

/**
 * Leaves out long ended sessions of which the lineage has an earlier one of the same member. Only one for each member is
 * kept, however often a person exchanges. Runs in a unit of work.
 * @returns whether there may be more to do
 */
export async function shortenLineages(manager: EntityManager, before: Date): Promise<boolean> {
  const isPostgres = manager.dataSource.options.type === "postgres";
  // Waiting for a session that another transaction changes could deadlock with that transaction.
  const lock = isPostgres ? "FOR UPDATE OF child SKIP LOCKED" : "";
  const { affected } = await manager
    .createQueryBuilder()
    .update(Session)
    .set({ parentSessionId: () => GRANDPARENT })
    .where(`(project_id, session_id) IN (${NEEDLESS_PARENTS} ${lock})`, { before })
    .execute();
  return Boolean(affected);
}

/** Ends the oldest sessions above the cap; runs in a unit of work. */
export async function endOldest(
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
  await endSessions(manager, projectId, surplus, now);
}

/** Ends what the member has exchanged the session for before; runs in a unit of work. */
export async function endExchanged(
  manager: EntityManager,
  { projectId, memberId, sessionId }: Session,
  now: Date,
): Promise<void> {
  const where = { projectId, memberId, parentSessionId: sessionId, startedByMember: true as const };
  const earlier = await manager.findBy(Session, { ...where, revokedAt: IsNull() });
  await endSessions(manager, projectId, earlier, now);
}

/** Those exchanged from the sessions stay active. Without such, nobody needs the ended session any more. */
async function endSessions(
  manager: EntityManager,
  projectId: string,
  sessions: readonly Pick<Session, "sessionId">[],
  now: Date,
): Promise<void> {
  if (sessions.length === 0) return;
  const where = { projectId, sessionId: In(sessions.map(({ sessionId }) => sessionId)) };
  // The update waits for exchanges that are under way. The deletion then sees their new sessions.
  await manager.update(Session, where, { revokedAt: now });
  await manager
    .createQueryBuilder()
    .delete()
    .from(Session)
    .where(where)
    .andWhere(NOT_EXCHANGED)
    .execute();
}
