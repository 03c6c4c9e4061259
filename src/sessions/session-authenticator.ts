import type { AuditLog } from "../audit/audit-log.js";
import type { Member } from "../organizations/member.entity.js";
import type { MemberService } from "../organizations/member.service.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { Caller, Origin } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import type { Session } from "./session.entity.js";
import {
  minutesFrom,
  type SessionCredential,
  type SessionService,
  sessionNotFound,
} from "./session.service.js";
import type { SessionJwts } from "./session-jwts.js";
import { authenticateSessionRules } from "./session-rules.js";

export interface SessionAuthentication extends SessionCredential {
  /** Lets the session live for so long from now on. */
  sessionDurationMinutes?: number | null;
}

export interface AuthenticatedSession {
  session: Session;
  member: Member;
  organization: Organization;
  /** The token that was presented; null where it was a JWT, since only its hash is stored. */
  sessionToken: string | null;
  /** A fresh one. */
  sessionJwt: string;
}

/** Tells whose session a token or a JWT is. */
export class SessionAuthenticator {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly sessions: SessionService,
    private readonly members: MemberService,
    private readonly organizations: OrganizationService,
    private readonly sessionJwts: SessionJwts,
    private readonly auditLog: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * One answer for an unknown, expired or revoked session, and for one of an inactive member.
   * @param caller limits it to the caller's project; null: whichever the credential belongs to
   * @throws BAD_USER_INPUT, SESSION_NOT_FOUND
   */
  async authenticate(
    caller: Caller | null,
    origin: Origin,
    input: SessionAuthentication,
  ): Promise<AuthenticatedSession> {
    const { sessionDurationMinutes, ...credential } = validate(authenticateSessionRules, input);
    const found = await this.sessions.findByCredential(caller?.projectId ?? null, credential);
    const { projectId, sessionId } = found;
    const authenticated = await this.unitOfWork.write(async () => {
      const session = await this.sessions.getForUpdate(projectId, sessionId);
      const member = await this.members.find(projectId, session.memberId);
      const organization = await this.organizations.find(projectId, session.organizationId);
      if (member?.status !== "ACTIVE" || !organization) throw sessionNotFound();
      const now = this.clock.now();
      await this.sessions.change(session, {
        lastAccessedAt: now,
        ...(sessionDurationMinutes && { expiresAt: minutesFrom(now, sessionDurationMinutes) }),
      });
      if (sessionDurationMinutes) {
        const actor = caller ?? memberCaller(origin, member);
        await this.auditLog.record(actor, { action: "session.extend", targetId: sessionId });
      }
      return { session, member, organization };
    });
    return {
      ...authenticated,
      sessionToken: credential.sessionToken ?? null,
      sessionJwt: await this.sessionJwts.sign(authenticated.session, authenticated.organization),
    };
  }
}

function memberCaller(origin: Origin, member: Member): Caller {
  const { projectId, memberId } = member;
  return { ...origin, projectId, actor: { type: "MEMBER", id: memberId }, permissions: new Set() };
}
