import type { QueryDeepPartialEntity } from "typeorm";
import type { RevokeSessions } from "../organizations/revoke-sessions.js";
import type { Platform } from "../platform/platform.js";
import { CountersignError, type CountersignErrorOptions } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { activeAt } from "./active-sessions.js";
import { Session } from "./session.entity.js";
import { revokeWithExchanged, type SessionsToEnd } from "./session-lineage.js";

/** Unique key of a session. */
export type SessionKey = Pick<Session, "projectId" | "sessionId">;

/** Lifetime of a session from now, and additional claims of its JWTs. */
export interface SessionOptions {
  sessionDurationMinutes?: number | null | undefined;
  sessionCustomClaims?: JsonObject | null | undefined;
}

/** Finds, changes and revokes sessions; no method finds an expired or revoked one. */
export class SessionStore {
  constructor(private readonly platform: Platform) {}

  async find(projectId: string, sessionId: string): Promise<Session | null> {
    if (!isWellFormedText(sessionId)) return null;
    const where = { projectId, sessionId, ...activeAt(this.platform.clock.now()) };
    return this.platform.unitOfWork.read.findOneBy(Session, where);
  }

  /** Must run in a unit of work. @throws SESSION_NOT_FOUND */
  async getForUpdate({ projectId, sessionId }: SessionKey): Promise<Session> {
    const where = { projectId, sessionId, ...activeAt(this.platform.clock.now()) };
    const session = await this.platform.unitOfWork.findForUpdate(Session, where);
    if (!session) throw sessionNotFound();
    return session;
  }

  /** Must run in a unit of work. */
  async change(session: Session, patch: Partial<Session>): Promise<Session> {
    const { projectId, sessionId } = session;
    await this.platform.unitOfWork.activeManager.update(
      Session,
      { projectId, sessionId },
      patch as QueryDeepPartialEntity<Session>,
    );
    return Object.assign(session, patch);
  }

  /** Revokes all active sessions of a member or an organization, and those exchanged from them. */
  async revokeAll(...[caller, owner, options]: Parameters<RevokeSessions>): Promise<void> {
    await this.revoke(caller.projectId, owner);
    if (options?.isDeletion) return;
    await this.platform.auditLog.record(
      caller,
      "memberId" in owner
        ? { action: "member.revokeSessions", targetId: owner.memberId }
        : { action: "organization.revokeSessions", targetId: owner.organizationId },
    );
  }

  /** Must run in a unit of work. */
  async revoke(projectId: string, sessions: SessionsToEnd): Promise<void> {
    const { unitOfWork, clock } = this.platform;
    await revokeWithExchanged(unitOfWork.activeManager, projectId, sessions, clock.now());
  }
}

export function sessionNotFound(options?: CountersignErrorOptions) {
  return new CountersignError("SESSION_NOT_FOUND", "No such session", {}, options);
}
