import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { Platform } from "../platform/platform.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { KeyedQueues } from "../shared/keyed-queues.js";
import { validate } from "../shared/validation.js";
import { memberCaller, sessionWriter } from "./member-caller.js";
import type { Session } from "./session.entity.js";
import type { SessionContext } from "./session-context.js";
import type { SessionCredential, SessionCredentials } from "./session-credentials.js";
import { assertMaySetClaims, mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionEnds } from "./session-ends.js";
import type { SessionJwts, SignSessionJwt } from "./session-jwts.js";
import type { SessionRequestQuota } from "./session-request-quota.js";
import { authenticateSessionRules } from "./session-rules.js";
import type { SessionOptions, SessionStore } from "./session-store.js";

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

/** Changes that wait: of one session, and of all. */
const MAX_QUEUED = 100;
const MAX_QUEUED_TOTAL = 10_000;

/** Authenticates a session by its token or JWT. */
export class SessionAuthenticator {
  /** Changes of one session wait for its row one after another, with one connection. */
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
    private readonly credentials: SessionCredentials,
    private readonly sessions: SessionStore,
    private readonly sessionJwts: SessionJwts,
    private readonly ends: SessionEnds,
    readonly lastAccessed: LastUsedTracker<Session, "lastAccessedAt">,
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
    const find = () => this.credentials.find(caller?.projectId ?? null, credential);
    const context = writer ? await find() : await this.quota.countUnknown(source, find);
    const isChanged = Boolean(options.sessionDurationMinutes || options.sessionCustomClaims);
    const session = isChanged
      ? await this.#change(writer, source, context, options)
      : this.#access(context.session);
    const { member, organization, project, signingKey } = context;
    const contents = { session, member, organization };
    return {
      ...contents,
      sessionToken: credential.sessionToken ?? null,
      sessionJwt: this.sessionJwts.prepare(contents, project, signingKey),
    };
  }

  /** Writes nothing while the caller waits (ADR 0052). */
  #access(session: Session): Session {
    const { projectId, sessionId, lastAccessedAt } = session;
    const now = this.platform.clock.now();
    this.lastAccessed.touch({ projectId }, sessionId, lastAccessedAt, now);
    return Object.assign(session, { lastAccessedAt: now });
  }

  /** @throws BAD_USER_INPUT, RATE_LIMITED; SESSION_NOT_FOUND if the session has ended since it was read */
  async #change(
    writer: Caller | null,
    source: RequestSource,
    { session, member, project }: SessionContext,
    { sessionDurationMinutes, sessionCustomClaims }: SessionOptions,
  ): Promise<Session> {
    if (!writer) await this.quota.countRequest(session);
    const actor = writer ?? memberCaller(source, member);
    const { sessionId: targetId } = session;
    return this.#queues.run(`${session.projectId} ${targetId}`, () =>
      this.platform.unitOfWork.write(async () => {
        // A deactivation of its member or organization has revoked the session by its commit.
        const locked = await this.sessions.getForUpdate(session);
        const now = this.platform.clock.now();
        await this.sessions.change(locked, {
          lastAccessedAt: now,
          ...(sessionDurationMinutes && {
            expiresAt: this.ends.after(actor, project, locked, sessionDurationMinutes),
          }),
          ...(sessionCustomClaims && {
            customClaims: mergeCustomClaims(locked.customClaims, sessionCustomClaims),
          }),
        });
        const { auditLog } = this.platform;
        if (sessionDurationMinutes) {
          await auditLog.record(actor, { action: "session.extend", targetId });
        }
        if (sessionCustomClaims) {
          await auditLog.record(actor, { action: "session.changeClaims", targetId });
        }
        return locked;
      }),
    );
  }
}
