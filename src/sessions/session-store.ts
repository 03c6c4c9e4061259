import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditActionOn } from "../audit/audit-actions.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { SessionOwner } from "../organizations/revoke-sessions.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { earliestElsewhere, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { generateSecret, hashSecret, isGeneratedSecret } from "../shared/secrets.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { activeAt } from "./active-sessions.js";
import { withFactor } from "./authentication-factors.js";
import { type AuthenticationFactor, Session } from "./session.entity.js";
import { mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionJwts } from "./session-jwts.js";
import { DEFAULT_SESSION_DURATION_MINUTES } from "./session-rules.js";

/** A session's token or JWT: exactly one is given. */
export interface SessionCredential {
  sessionToken?: string | null | undefined;
  sessionJwt?: string | null | undefined;
}

/** Unique key of a session. */
export type SessionLookup =
  | { tokenHash: string; projectId?: string }
  | { projectId: string; sessionId: string; memberId?: string };

/** Lifetime of a session from now, and additional claims of its JWTs. */
export interface SessionOptions {
  sessionDurationMinutes?: number | null | undefined;
  sessionCustomClaims?: JsonObject | null | undefined;
}

/** What an attestation adds to a new or an existing session. */
export interface SessionGrant extends SessionOptions {
  factor: AuthenticationFactor;
}

export interface StartedSession {
  session: Session;
  /** Shown once. */
  sessionToken: string;
}

/** Stores sessions and their audit events; no method finds an expired or revoked session. */
export class SessionStore {
  constructor(
    private readonly platform: Platform,
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
    private readonly sessionJwts: SessionJwts,
  ) {}

  async find(projectId: string, sessionId: string): Promise<Session | null> {
    if (!isWellFormedText(sessionId)) return null;
    const where = { projectId, sessionId, ...activeAt(this.platform.clock.now()) };
    return this.platform.unitOfWork.read.findOneBy(Session, where);
  }

  /**
   * @param projectId the caller's project; null: the credential determines the project
   * @throws SESSION_NOT_FOUND
   */
  async findByCredential(
    projectId: string | null,
    credential: SessionCredential,
  ): Promise<Session> {
    const where = {
      ...(await this.resolveCredential(projectId, credential)),
      ...activeAt(this.platform.clock.now()),
    };
    const session = await this.platform.unitOfWork.read.findOneBy(Session, where);
    if (!session) throw sessionNotFound();
    return session;
  }

  /**
   * Turns a credential into the key of its session; does not read the session.
   * @param projectId the caller's project; null: the credential determines the project
   * @throws SESSION_NOT_FOUND for a malformed token or an invalid JWT
   */
  async resolveCredential(
    projectId: string | null,
    { sessionToken, sessionJwt }: SessionCredential,
  ): Promise<SessionLookup> {
    if (sessionToken) {
      if (!isGeneratedSecret("cst", sessionToken)) throw sessionNotFound();
      return { tokenHash: hashSecret(sessionToken), ...(projectId !== null && { projectId }) };
    }
    const subject = await this.sessionJwts.verify(projectId, sessionJwt ?? "");
    if (!subject) throw sessionNotFound();
    return subject;
  }

  /**
   * Must run in a unit of work.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, also if the organization or the member is inactive
   */
  async start(caller: Caller, member: Member, grant: SessionGrant): Promise<StartedSession> {
    return this.#createSession(caller, member, [grant.factor], grant, "session.start");
  }

  /**
   * Starts a session with the factors of a session in another organization; must run in a unit of work.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, also if the organization or the member is inactive
   */
  async startWithFactors(
    caller: Caller,
    member: Member,
    authenticationFactors: AuthenticationFactor[],
    options: SessionOptions,
  ): Promise<StartedSession> {
    return this.#createSession(caller, member, authenticationFactors, options, "session.exchange");
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
    await this.#lockOwners(member);
    const session = await this.getForUpdate({ projectId, sessionId });
    if (session.memberId !== member.memberId) {
      throw new CountersignError("PRECONDITION_FAILED", "The session belongs to another member");
    }
    const now = this.platform.clock.now();
    const defaultExpiry = minutesFrom(now, DEFAULT_SESSION_DURATION_MINUTES);
    const changed = await this.change(session, {
      lastAccessedAt: now,
      expiresAt: grant.sessionDurationMinutes
        ? minutesFrom(now, grant.sessionDurationMinutes)
        : latest(defaultExpiry, session.expiresAt),
      customClaims: mergeCustomClaims(session.customClaims, grant.sessionCustomClaims ?? {}),
      authenticationFactors: withFactor(session.authenticationFactors, grant.factor),
    });
    await this.platform.auditLog.record(caller, {
      action: "session.addFactor",
      targetId: sessionId,
    });
    return changed;
  }

  /** Must run in a unit of work. @throws SESSION_NOT_FOUND */
  async getForUpdate(lookup: SessionLookup): Promise<Session> {
    const where = { ...lookup, ...activeAt(this.platform.clock.now()) };
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

  /** Revokes all active sessions of a member or an organization; must run in a unit of work. */
  async revokeAll(caller: Caller, owner: SessionOwner): Promise<void> {
    const now = this.platform.clock.now();
    // Where the clock is behind, a session that has just ended here could still be extended (ADR 0023).
    const active = activeAt(earliestElsewhere(now));
    const where = { projectId: caller.projectId, ...owner, ...active };
    await this.platform.unitOfWork.activeManager.update(Session, where, { revokedAt: now });
    await this.platform.auditLog.record(
      caller,
      "memberId" in owner
        ? { action: "member.revokeSessions", targetId: owner.memberId }
        : { action: "organization.revokeSessions", targetId: owner.organizationId },
    );
  }

  async #createSession(
    caller: Caller,
    member: Member,
    authenticationFactors: AuthenticationFactor[],
    options: SessionOptions,
    action: AuditActionOn<"session">,
  ): Promise<StartedSession> {
    await this.#lockOwners(member);
    const now = this.platform.clock.now();
    const sessionToken = generateSecret("cst");
    const session = Object.assign(new Session(), {
      projectId: member.projectId,
      sessionId: newId("session"),
      memberId: member.memberId,
      organizationId: member.organizationId,
      tokenHash: hashSecret(sessionToken),
      startedAt: now,
      lastAccessedAt: now,
      expiresAt: minutesFrom(
        now,
        options.sessionDurationMinutes ?? DEFAULT_SESSION_DURATION_MINUTES,
      ),
      revokedAt: null,
      customClaims: mergeCustomClaims({}, options.sessionCustomClaims ?? {}),
      authenticationFactors,
    });
    await this.platform.unitOfWork.activeManager.insert(
      Session,
      session as QueryDeepPartialEntity<Session>,
    );
    await this.platform.auditLog.record(caller, { action, targetId: session.sessionId });
    return { session, sessionToken };
  }

  /** A concurrent deactivation waits for the locks and then revokes the new session too. */
  async #lockOwners({ projectId, organizationId, memberId }: Member): Promise<void> {
    await this.organizations.lockActive(projectId, organizationId);
    await this.members.lockActive(projectId, memberId);
  }
}

export function minutesFrom(date: Date, minutes: number): Date {
  return secondsFrom(date, minutes * 60);
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

export function sessionNotFound() {
  return new CountersignError("SESSION_NOT_FOUND", "No such session");
}
