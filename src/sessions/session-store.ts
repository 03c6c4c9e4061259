import type { QueryDeepPartialEntity } from "typeorm";
import type { SessionsOwner } from "../organizations/end-sessions.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { secondsFrom } from "../shared/clock.js";
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

/** At most one of the two. */
export interface SessionCredential {
  sessionToken?: string | null | undefined;
  sessionJwt?: string | null | undefined;
}

/** What a session is found by: each is unique. */
export type SessionLookup =
  | { tokenHash: string; projectId?: string }
  | { projectId: string; sessionId: string; memberId?: string };

/** How long a session lives from now on, and what its JWTs say beside. */
export interface SessionOptions {
  sessionDurationMinutes?: number | null | undefined;
  sessionCustomClaims?: JsonObject | null | undefined;
}

/** What an authentication adds to a new session, or to one under way. */
export interface SessionGrant extends SessionOptions {
  factor: AuthenticationFactor;
}

export interface StartedSession {
  session: Session;
  /** Shown once. */
  sessionToken: string;
}

/** Sessions that have expired or been revoked are not there, for every operation alike. */
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
   * @param projectId the caller's project; null: the one that the credential belongs to
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
   * What to look a credential's session up by, without a look into the sessions.
   * @param projectId the caller's project; null: the one that the credential belongs to
   * @throws SESSION_NOT_FOUND for what cannot be a credential
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
   * Part of a unit of work.
   * @returns the token, to be shown once
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND where one of them is inactive
   */
  async start(caller: Caller, member: Member, grant: SessionGrant): Promise<StartedSession> {
    return this.#createSession(caller, member, [grant.factor], grant, "session.start");
  }

  /** The same for a member of another organization, with the factors of its session there. */
  async startWithFactors(
    caller: Caller,
    member: Member,
    authenticationFactors: AuthenticationFactor[],
    options: SessionOptions,
  ): Promise<StartedSession> {
    return this.#createSession(caller, member, authenticationFactors, options, "session.exchange");
  }

  /**
   * Adds a factor to a session under way; part of a unit of work. Without a duration the session
   * lives for the default one, or longer if it did before.
   * @throws SESSION_NOT_FOUND; CONFLICT for another member's session
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
      throw new CountersignError("CONFLICT", "The session belongs to another member");
    }
    const now = this.platform.clock.now();
    const byDefault = minutesFrom(now, DEFAULT_SESSION_DURATION_MINUTES);
    const changed = await this.change(session, {
      lastAccessedAt: now,
      expiresAt: grant.sessionDurationMinutes
        ? minutesFrom(now, grant.sessionDurationMinutes)
        : latest(byDefault, session.expiresAt),
      customClaims: mergeCustomClaims(session.customClaims, grant.sessionCustomClaims ?? {}),
      authenticationFactors: withFactor(session.authenticationFactors, grant.factor),
    });
    await this.platform.auditLog.record(caller, {
      action: "session.addFactor",
      targetId: sessionId,
    });
    return changed;
  }

  /** Part of a unit of work. @throws SESSION_NOT_FOUND */
  async getForUpdate(lookup: SessionLookup): Promise<Session> {
    const where = { ...lookup, ...activeAt(this.platform.clock.now()) };
    const session = await this.platform.unitOfWork.findForUpdate(Session, where);
    if (!session) throw sessionNotFound();
    return session;
  }

  /** Part of a unit of work. */
  async change(session: Session, patch: Partial<Session>): Promise<Session> {
    const { projectId, sessionId } = session;
    await this.platform.unitOfWork.activeManager.update(
      Session,
      { projectId, sessionId },
      patch as QueryDeepPartialEntity<Session>,
    );
    return Object.assign(session, patch);
  }

  /** Ends all that have not ended; part of a unit of work. */
  async endAll(caller: Caller, owner: SessionsOwner): Promise<void> {
    const now = this.platform.clock.now();
    const where = { projectId: caller.projectId, ...owner, ...activeAt(now) };
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
    action: `session.${string}`,
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

  /** Whoever deactivates one of them meanwhile ends this session too. */
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
