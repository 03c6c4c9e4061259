import type { MemberStore } from "../organizations/member-store.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import { revokeSessionRules } from "./session-rules.js";
import type { SessionCredential, SessionStore } from "./session-store.js";

/** Exactly one of the four. */
export interface SessionsToRevoke extends SessionCredential {
  sessionId?: string | null | undefined;
  /** All sessions of the member. */
  memberId?: string | null | undefined;
}

/** Ends sessions for good: nothing revives one that has been revoked. */
export class SessionRevocation {
  constructor(
    private readonly platform: Platform,
    private readonly members: MemberStore,
    private readonly sessions: SessionStore,
  ) {}

  /**
   * @returns the id of the revoked session; null for all of a member's
   * @throws BAD_USER_INPUT, SESSION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async revoke(caller: Caller, input: SessionsToRevoke): Promise<string | null> {
    assertPermitted(caller, "sessions:write");
    const { memberId, ...rules } = validate(revokeSessionRules, input);
    const { projectId } = caller;
    if (typeof memberId === "string") {
      await this.#revokeAll(caller, memberId);
      return null;
    }
    const lookup =
      typeof rules.sessionId === "string"
        ? { projectId, sessionId: rules.sessionId }
        : await this.sessions.resolveCredential(projectId, rules);
    return this.platform.unitOfWork.write(async () => {
      const session = await this.sessions.getForUpdate(lookup);
      const { sessionId } = session;
      await this.sessions.change(session, { revokedAt: this.platform.clock.now() });
      await this.platform.auditLog.record(caller, {
        action: "session.revoke",
        targetId: sessionId,
      });
      return sessionId;
    });
  }

  async #revokeAll(caller: Caller, memberId: string): Promise<void> {
    await this.platform.unitOfWork.write(async () => {
      await this.members.get(caller.projectId, memberId);
      await this.sessions.endAll(caller, { memberId });
    });
  }
}
