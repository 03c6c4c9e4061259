import type { MemberStore } from "../organizations/member-store.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import type { SessionCredential, SessionCredentials } from "./session-credentials.js";
import { revokeSessionRules } from "./session-rules.js";
import type { SessionStore } from "./session-store.js";

export interface SessionsToRevoke {
  /** Exactly one of the fields is given. */
  target: SessionCredential & {
    sessionId?: string | null | undefined;
    /** All sessions of the member. */
    memberId?: string | null | undefined;
  };
}

/** Revokes one session, or all sessions of a member. */
export class SessionRevocation {
  constructor(
    private readonly platform: Platform,
    private readonly members: MemberStore,
    private readonly sessions: SessionStore,
    private readonly credentials: SessionCredentials,
  ) {}

  /**
   * A revoked session cannot become active again. Those exchanged from it end too.
   * @returns id of the revoked session; null if all sessions of a member were revoked
   * @throws BAD_USER_INPUT, SESSION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async revoke(caller: Caller, input: SessionsToRevoke): Promise<string | null> {
    assertPermitted(caller, "sessions:write");
    const { memberId, sessionId, ...credential } = validate(revokeSessionRules, input).target;
    const { projectId } = caller;
    if (memberId !== undefined) {
      await this.#revokeMemberSessions(caller, memberId);
      return null;
    }
    const key =
      sessionId === undefined
        ? (await this.credentials.find(projectId, credential)).session
        : { projectId, sessionId };
    return this.platform.unitOfWork.write(async () => {
      const session = await this.sessions.getForUpdate(key);
      const { sessionId } = session;
      await this.sessions.revoke(session.projectId, { sessionId });
      await this.platform.auditLog.record(caller, {
        action: "session.revoke",
        targetId: sessionId,
      });
      return sessionId;
    });
  }

  async #revokeMemberSessions(caller: Caller, memberId: string): Promise<void> {
    await this.platform.unitOfWork.write(async () => {
      await this.members.get(caller.projectId, memberId);
      await this.sessions.revokeAll(caller, { memberId });
    });
  }
}
