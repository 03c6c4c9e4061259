import type { AuditActionOn } from "../audit/audit-actions.js";
import { joinActiveOwners } from "../organizations/active-owners.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import { insertJoined } from "../persistence/insert-many.js";
import { versionConflict } from "../persistence/optimistic-lock.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { generateSecret, hashSecret } from "../shared/secrets.js";
import { activeAt } from "./active-sessions.js";
import { withFactor } from "./authentication-factors.js";
import { type AuthenticationFactor, Session } from "./session.entity.js";
import { mergeCustomClaims } from "./session-custom-claims.js";
import { latest } from "./session-end.js";
import type { LimitingProject, SessionEnds } from "./session-ends.js";
import { endExchanged, endOldest } from "./session-lineage.js";
import { type SessionOptions, type SessionStore, sessionNotFound } from "./session-store.js";

interface NewSessionOptions extends SessionOptions {
  /** The session's project, as the caller has just read it. */
  project: LimitingProject;
}

/** What an attestation adds to a new or an existing session. */
export interface SessionGrant extends NewSessionOptions {
  factor: AuthenticationFactor;
  /** The profile's maximum; absent: it has none. */
  maximumDurationMinutes?: number | null;
}

/** What a new session has from its attestation, or from the session that it is exchanged from. */
type SessionOrigin = Pick<
  Session,
  "authenticatedAt" | "authenticationFactors" | "maximumDurationMinutes" | "parentSessionId"
> & { parentExpiresAt: Date | null };

export interface StartedSession {
  session: Session;
  /** Shown once. */
  sessionToken: string;
}

/** Starts sessions of active members, and adds factors to them. */
export class SessionStarter {
  constructor(
    private readonly platform: Platform,
    private readonly members: MemberStore,
    private readonly sessions: SessionStore,
    private readonly ends: SessionEnds,
  ) {}

  /**
   * Must run in a unit of work.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, also if the organization or the member is inactive
   */
  async start(caller: Caller, member: Member, grant: SessionGrant): Promise<StartedSession> {
    const origin = {
      authenticatedAt: null,
      authenticationFactors: [grant.factor],
      maximumDurationMinutes: grant.maximumDurationMinutes ?? null,
      parentSessionId: null,
      parentExpiresAt: null,
    };
    return this.#createSession(caller, member, origin, grant, "session.start");
  }

  /**
   * Starts a session of another member of the same person; must run in a unit of work.
   * @param factors those of the parent that are valid for the member
   * @throws BAD_USER_INPUT, SESSION_NOT_FOUND for an ended parent; ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND,
   *   also if the organization or the member is inactive
   */
  async startFrom(
    caller: Caller,
    member: Member,
    { projectId, sessionId }: Session,
    authenticationFactors: AuthenticationFactor[],
    options: NewSessionOptions,
  ): Promise<StartedSession> {
    await this.members.lockActive(member);
    // Owners come first, as in their deactivation. Until the commit, nobody can revoke the parent.
    const { unitOfWork } = this.platform;
    const where = { projectId, sessionId, ...activeAt(this.platform.clock.now()) };
    const parent = await unitOfWork.findForShare(Session, where);
    if (!parent) throw sessionNotFound();
    const { maximumDurationMinutes, expiresAt: parentExpiresAt } = parent;
    const origin = {
      authenticatedAt: parent.authenticatedAt ?? parent.startedAt,
      authenticationFactors,
      maximumDurationMinutes,
      parentSessionId: sessionId,
      parentExpiresAt,
    };
    const isOwnOrganization = parent.memberId === member.memberId;
    if (isOwnOrganization && isMember(caller)) {
      await endExchanged(unitOfWork.activeManager, parent, this.platform.clock.now());
    }
    return this.#createSession(caller, member, origin, options, "session.exchange");
  }

  /**
   * Adds a factor to an existing session; must run in a unit of work. Without a duration, the session
   * expires after the default duration or at its current expiry, whichever is later.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, SESSION_NOT_FOUND; PRECONDITION_FAILED for another member
   */
  async addFactor(
    caller: Caller,
    member: Member,
    sessionId: string,
    grant: SessionGrant,
  ): Promise<Session> {
    const { projectId } = member;
    await this.members.lockActive(member);
    const session = await this.sessions.getForUpdate({ projectId, sessionId });
    if (session.memberId !== member.memberId) {
      throw new CountersignError("PRECONDITION_FAILED", "The session belongs to another member");
    }
    const maximumDurationMinutes = stricter(
      session.maximumDurationMinutes,
      grant.maximumDurationMinutes ?? null,
    );
    const { sessionDurationMinutes: minutes, project } = grant;
    const limited = { ...session, maximumDurationMinutes };
    const end = this.ends.after(caller, project, limited, minutes);
    const changed = await this.sessions.change(session, {
      lastAccessedAt: this.platform.clock.now(),
      expiresAt: minutes ? end : latest(end, session.expiresAt),
      maximumDurationMinutes,
      customClaims: mergeCustomClaims(session.customClaims, grant.sessionCustomClaims ?? {}),
      authenticationFactors: withFactor(session.authenticationFactors, grant.factor),
    });
    await this.platform.auditLog.record(caller, {
      action: "session.addFactor",
      targetId: sessionId,
    });
    return changed;
  }

  async #createSession(
    caller: Caller,
    member: Member,
    { parentExpiresAt, ...origin }: SessionOrigin,
    options: NewSessionOptions,
    action: AuditActionOn<"session">,
  ): Promise<StartedSession> {
    const now = this.platform.clock.now();
    const { projectId } = member;
    const age = { startedAt: now, expiresAt: parentExpiresAt, ...origin };
    const { sessionDurationMinutes: minutes, project } = options;
    const sessionToken = generateSecret("cst");
    const session = Object.assign(new Session(), {
      ...origin,
      projectId,
      sessionId: newId("session"),
      memberId: member.memberId,
      organizationId: member.organizationId,
      tokenHash: hashSecret(sessionToken),
      startedAt: now,
      startedByMember: isMember(caller) ? (true as const) : null,
      lastAccessedAt: now,
      expiresAt: this.ends.after(caller, project, age, minutes),
      revokedAt: null,
      customClaims: mergeCustomClaims({}, options.sessionCustomClaims ?? {}),
    });
    const manager = this.platform.unitOfWork.activeManager;
    const isInserted = await insertJoined(manager, Session, session, (cellOf) =>
      joinActiveOwners(manager, {
        projectId: cellOf("projectId"),
        organizationId: cellOf("organizationId"),
        memberId: cellOf("memberId"),
      }),
    );
    if (!isInserted) {
      // Says which of the two is not active, unless somebody has just activated it.
      await this.members.lockActive(member);
      throw versionConflict();
    }
    if (session.startedByMember) await endOldest(manager, session, now);
    await this.platform.auditLog.record(caller, { action, targetId: session.sessionId });
    return { session, sessionToken };
  }
}

function isMember({ actor }: Caller): boolean {
  return actor.type === "MEMBER";
}

function stricter(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
