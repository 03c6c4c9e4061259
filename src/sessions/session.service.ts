import { IsNull, MoreThan, type QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberService } from "../organizations/member.service.js";
import type { Caller } from "../shared/caller.js";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { keysetPage, type Page, type PageRequest } from "../shared/page.js";
import { generateSecret, hashSecret, isGeneratedSecret } from "../shared/secrets.js";
import { isStorableText } from "../shared/storable-text.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import { withFactor } from "./authentication-factors.js";
import { type AuthenticationFactor, Session } from "./session.entity.js";
import { mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionJwts } from "./session-jwts.js";
import { DEFAULT_SESSION_DURATION_MINUTES, revokeSessionRules } from "./session-rules.js";

/** At most one of the two. */
export interface SessionCredential {
  sessionToken?: string | null | undefined;
  sessionJwt?: string | null | undefined;
}

/** Exactly one of the four. */
export interface SessionRevocation extends SessionCredential {
  sessionId?: string | null | undefined;
  /** All sessions of the member. */
  memberId?: string | null | undefined;
}

/** What an authentication adds to a new session, or to one under way. */
export interface SessionGrant {
  factor: AuthenticationFactor;
  sessionDurationMinutes?: number | null | undefined;
  sessionCustomClaims?: JsonObject | null | undefined;
}

/** Sessions that have expired or been revoked are not there, for every operation alike. */
export class SessionService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly members: MemberService,
    private readonly sessionJwts: SessionJwts,
    private readonly auditLog: AuditLog,
    private readonly clock: Clock,
  ) {}

  async find(projectId: string, sessionId: string): Promise<Session | null> {
    if (!isStorableText(sessionId)) return null;
    const where = { projectId, sessionId, ...this.#alive() };
    return this.unitOfWork.read.findOneBy(Session, where);
  }

  /** Newest first. @throws MEMBER_NOT_FOUND */
  async list(projectId: string, memberId: string, request: PageRequest): Promise<Page<Session>> {
    await this.members.get(projectId, memberId);
    const query = this.unitOfWork.read
      .createQueryBuilder(Session, "session")
      .where({ projectId, memberId, ...this.#alive() });
    return keysetPage(query, request, { by: "startedAt", id: "sessionId", direction: "DESC" });
  }

  /**
   * @param projectId the caller's project; null: the one that the credential belongs to
   * @throws SESSION_NOT_FOUND
   */
  async findByCredential(
    projectId: string | null,
    { sessionToken, sessionJwt }: SessionCredential,
  ): Promise<Session> {
    const session = sessionToken
      ? await this.#findByToken(sessionToken)
      : await this.#findByJwt(projectId, sessionJwt ?? "");
    if (!session || session.projectId !== (projectId ?? session.projectId)) throw sessionNotFound();
    return session;
  }

  /** Part of a unit of work. @returns the token, to be shown once */
  async start(
    caller: Caller,
    member: Member,
    grant: SessionGrant,
  ): Promise<{ session: Session; sessionToken: string }> {
    const now = this.clock.now();
    const sessionToken = generateSecret("cst");
    const session = Object.assign(new Session(), {
      projectId: member.projectId,
      sessionId: newId("session"),
      memberId: member.memberId,
      organizationId: member.organizationId,
      tokenHash: hashSecret(sessionToken),
      startedAt: now,
      lastAccessedAt: now,
      expiresAt: minutesFrom(now, grant.sessionDurationMinutes ?? DEFAULT_SESSION_DURATION_MINUTES),
      revokedAt: null,
      customClaims: mergeCustomClaims({}, grant.sessionCustomClaims ?? {}),
      authenticationFactors: [grant.factor],
    });
    await this.unitOfWork.current.insert(Session, session as QueryDeepPartialEntity<Session>);
    await this.auditLog.record(caller, { action: "session.start", targetId: session.sessionId });
    return { session, sessionToken };
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
    const session = await this.getForUpdate(member.projectId, sessionId);
    if (session.memberId !== member.memberId) {
      throw new CountersignError("CONFLICT", "The session belongs to another member");
    }
    const now = this.clock.now();
    const byDefault = minutesFrom(now, DEFAULT_SESSION_DURATION_MINUTES);
    const changed = await this.change(session, {
      lastAccessedAt: now,
      expiresAt: grant.sessionDurationMinutes
        ? minutesFrom(now, grant.sessionDurationMinutes)
        : later(byDefault, session.expiresAt),
      customClaims: mergeCustomClaims(session.customClaims, grant.sessionCustomClaims ?? {}),
      authenticationFactors: withFactor(session.authenticationFactors, grant.factor),
    });
    await this.auditLog.record(caller, { action: "session.addFactor", targetId: sessionId });
    return changed;
  }

  /**
   * @returns the id of the revoked session; null for all of a member's
   * @throws BAD_USER_INPUT, SESSION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async revoke(caller: Caller, input: SessionRevocation): Promise<string | null> {
    const { memberId, ...rules } = validate(revokeSessionRules, input);
    const { projectId } = caller;
    if (typeof memberId === "string") {
      await this.#revokeAll(caller, memberId);
      return null;
    }
    const sessionId = rules.sessionId ?? (await this.findByCredential(projectId, rules)).sessionId;
    await this.unitOfWork.write(async () => {
      const session = await this.getForUpdate(projectId, sessionId);
      await this.change(session, { revokedAt: this.clock.now() });
      await this.auditLog.record(caller, { action: "session.revoke", targetId: sessionId });
    });
    return sessionId;
  }

  /** Part of a unit of work. @throws SESSION_NOT_FOUND */
  async getForUpdate(projectId: string, sessionId: string): Promise<Session> {
    const where = { projectId, sessionId, ...this.#alive() };
    const session = await this.unitOfWork.findForUpdate(Session, where);
    if (!session) throw sessionNotFound();
    return session;
  }

  /** Part of a unit of work. */
  async change(session: Session, patch: Partial<Session>): Promise<Session> {
    const { projectId, sessionId } = session;
    await this.unitOfWork.current.update(
      Session,
      { projectId, sessionId },
      patch as QueryDeepPartialEntity<Session>,
    );
    return Object.assign(session, patch);
  }

  async #revokeAll(caller: Caller, memberId: string): Promise<void> {
    const { projectId } = caller;
    await this.unitOfWork.write(async (manager) => {
      await this.members.get(projectId, memberId);
      const where = { projectId, memberId, ...this.#alive() };
      await manager.update(Session, where, { revokedAt: this.clock.now() });
      await this.auditLog.record(caller, { action: "member.revokeSessions", targetId: memberId });
    });
  }

  async #findByToken(token: string): Promise<Session | null> {
    if (!isGeneratedSecret("cst", token)) return null;
    const where = { tokenHash: hashSecret(token), ...this.#alive() };
    return this.unitOfWork.read.findOneBy(Session, where);
  }

  async #findByJwt(projectId: string | null, jwt: string): Promise<Session | null> {
    const subject = await this.sessionJwts.verify(projectId, jwt);
    const session = subject && (await this.find(subject.projectId, subject.sessionId));
    return session?.memberId === subject?.memberId ? session : null;
  }

  #alive() {
    return { revokedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
  }
}

export function minutesFrom(date: Date, minutes: number): Date {
  return secondsFrom(date, minutes * 60);
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

export function sessionNotFound() {
  return new CountersignError("SESSION_NOT_FOUND", "No such session");
}
