import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { Platform } from "../platform/platform.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { KeyedQueues } from "../shared/keyed-queues.js";
import { validate } from "../shared/validation.js";
import { memberCaller, sessionWriter } from "./member-caller.js";
import type { Session } from "./session.entity.js";
import { assertMaySetClaims, mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionEnds } from "./session-ends.js";
import type { SessionJwts, SignSessionJwt } from "./session-jwts.js";
import type { SessionRequestQuota } from "./session-request-quota.js";
import { authenticateSessionRules } from "./session-rules.js";
import {
  type SessionCredential,
  type SessionLookup,
  type SessionOptions,
  type SessionStore,
  sessionNotFound,
} from "./session-store.js";

/** The options change the session: the duration counts from now, and the claims are merged. */
export interface SessionAuthentication extends SessionOptions {
  credential: SessionCredential;
}

export interface AuthenticatedSession {
  session: Session;
  member: Member;
  organization: Organization;
  /** The presented token; null if a JWT was presented, since only the token's hash is stored. */
  sessionToken: string | null;
  /** Signs a new JWT. */
  sessionJwt: SignSessionJwt;
}

/** Authentications that wait: of one session, and of all. */
const MAX_QUEUED = 100;
const MAX_QUEUED_TOTAL = 10_000;

/** Authenticates a session by its token or JWT. */
export class SessionAuthenticator {
  /** Authentications of one session wait for its row one after another, with one connection. */
  readonly #queues = new KeyedQueues({
    perKey: MAX_QUEUED,
    total: MAX_QUEUED_TOTAL,
    tooMany: () =>
      new CountersignError("RATE_LIMITED", "Too many requests with this session, try again later", {
        retryAfterSeconds: 1,
      }),
  });

  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
    private readonly sessions: SessionStore,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
    private readonly sessionJwts: SessionJwts,
    private readonly ends: SessionEnds,
    private readonly quota: SessionRequestQuota,
  ) {}

  /**
   * An unknown, expired or revoked session and one of an inactive member get the same error, so that the
   * caller cannot tell them apart.
   * @param caller limits the search to the caller's project; null: the credential determines the project
   * @throws BAD_USER_INPUT, FORBIDDEN for custom claims, SESSION_NOT_FOUND, RATE_LIMITED
   */
  async authenticate(
    caller: Caller | null,
    source: RequestSource,
    input: SessionAuthentication,
  ): Promise<AuthenticatedSession> {
    const { credential, ...options } = validate(authenticateSessionRules, input);
    assertMaySetClaims(caller, options.sessionCustomClaims);
    const writer = sessionWriter(caller);
    const access = (lookup: SessionLookup) =>
      this.#queues.run(JSON.stringify(lookup), () =>
        this.platform.unitOfWork.write(() => this.#recordAccess(writer, source, lookup, options)),
      );
    const authenticated = writer
      ? await access(await this.sessions.resolveCredential(writer.projectId, credential))
      : await this.#accessAsMember(caller?.projectId ?? null, source, credential, access);
    const project = await this.projects.get(authenticated.session.projectId);
    const sessionJwt = this.sessionJwts.prepare(authenticated, project);
    return { ...authenticated, sessionToken: credential.sessionToken ?? null, sessionJwt };
  }

  /** @throws SESSION_NOT_FOUND, RATE_LIMITED */
  #accessAsMember<T>(
    projectId: string | null,
    source: RequestSource,
    credential: SessionCredential,
    access: (lookup: SessionLookup) => Promise<T>,
  ): Promise<T> {
    return this.quota.countUnknown(source, async () => {
      const lookup = await this.sessions.resolveCredential(projectId, credential);
      return this.quota.countAuthentication(lookup, () => access(lookup));
    });
  }

  async #recordAccess(
    writer: Caller | null,
    source: RequestSource,
    lookup: SessionLookup,
    options: SessionOptions,
  ) {
    const session = await this.sessions.getForUpdate(lookup);
    const { projectId, sessionId } = session;
    const member = await this.members.find(projectId, session.memberId);
    const organization = await this.organizations.find(projectId, session.organizationId);
    if (member?.status !== "ACTIVE" || organization?.status !== "ACTIVE") throw sessionNotFound();
    const { sessionDurationMinutes, sessionCustomClaims } = options;
    const now = this.platform.clock.now();
    const actor = writer ?? memberCaller(source, member);
    const expiresAt = sessionDurationMinutes
      ? await this.ends.after(actor, session, sessionDurationMinutes)
      : session.expiresAt;
    await this.sessions.change(session, {
      lastAccessedAt: now,
      expiresAt,
      ...(sessionCustomClaims && {
        customClaims: mergeCustomClaims(session.customClaims, sessionCustomClaims),
      }),
    });
    if (sessionDurationMinutes) {
      await this.platform.auditLog.record(actor, { action: "session.extend", targetId: sessionId });
    }
    if (sessionCustomClaims) {
      await this.platform.auditLog.record(actor, {
        action: "session.changeClaims",
        targetId: sessionId,
      });
    }
    return { session, member, organization };
  }
}
