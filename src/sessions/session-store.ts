import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditActionOn } from "../audit/audit-actions.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { RevokeSessions } from "../organizations/revoke-sessions.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { generateSecret, hashSecret, isGeneratedSecret } from "../shared/secrets.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { activeAt } from "./active-sessions.js";
import { withFactor } from "./authentication-factors.js";
import { type AuthenticationFactor, Session } from "./session.entity.js";
import { mergeCustomClaims } from "./session-custom-claims.js";
import { latest } from "./session-end.js";
import type { SessionEnds } from "./session-ends.js";
import type { SessionJwts } from "./session-jwts.js";
import {
  deleteExchanged,
  deleteOldest,
  revokeWithExchanged,
  type SessionsToEnd,
} from "./session-lineage.js";

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

/** Stores sessions and their audit events; no method finds an expired or revoked session. */
export class SessionStore {
  constructor(
    private readonly platform: Platform,
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
    private readonly sessionJwts: SessionJwts,
    private readonly ends: SessionEnds,
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
    options: SessionOptions,
  ): Promise<StartedSession> {
    await this.#lockOwners(member);
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
      await deleteExchanged(unitOfWork.activeManager, parent);
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
    await this.#lockOwners(member);
    const session = await this.getForUpdate({ projectId, sessionId });
    if (session.memberId !== member.memberId) {
      throw new CountersignError("PRECONDITION_FAILED", "The session belongs to another member");
    }
    const maximumDurationMinutes = stricter(
      session.maximumDurationMinutes,
      grant.maximumDurationMinutes ?? null,
    );
    const { sessionDurationMinutes: minutes } = grant;
    const end = await this.ends.after(caller, { ...session, maximumDurationMinutes }, minutes);
    const changed = await this.change(session, {
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

  async #createSession(
    caller: Caller,
    member: Member,
    { parentExpiresAt, ...origin }: SessionOrigin,
    options: SessionOptions,
    action: AuditActionOn<"session">,
  ): Promise<StartedSession> {
    await this.#lockOwners(member);
    const now = this.platform.clock.now();
    const { projectId } = member;
    const age = { projectId, startedAt: now, expiresAt: parentExpiresAt, ...origin };
    const { sessionDurationMinutes: minutes } = options;
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
      expiresAt: await this.ends.after(caller, age, minutes),
      revokedAt: null,
      customClaims: mergeCustomClaims({}, options.sessionCustomClaims ?? {}),
    });
    const manager = this.platform.unitOfWork.activeManager;
    await manager.insert(Session, session as QueryDeepPartialEntity<Session>);
    if (session.startedByMember) await deleteOldest(manager, session, now);
    await this.platform.auditLog.record(caller, { action, targetId: session.sessionId });
    return { session, sessionToken };
  }

  /** A concurrent deactivation waits for the locks and then revokes the new session too. */
  async #lockOwners({ projectId, organizationId, memberId }: Member): Promise<void> {
    await this.organizations.lockActive(projectId, organizationId);
    await this.members.lockActive(projectId, memberId);
  }
}

function isMember({ actor }: Caller): boolean {
  return actor.type === "MEMBER";
}

function stricter(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

export function sessionNotFound() {
  return new CountersignError("SESSION_NOT_FOUND", "No such session");
}
