import { mayManageClients, ownerOfMemberClients } from "../organizations/member-clients.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import { bearerTokenRefused } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { OWN_CLIENTS_PERMISSIONS, type Permission } from "../shared/permissions.js";
import { memberCaller } from "./member-caller.js";
import type { SessionJwtSubject, SessionJwts } from "./session-jwts.js";
import type { SessionRequestQuota } from "./session-request-quota.js";
import { type SessionStore, sessionNotFound } from "./session-store.js";

const MEMBER_PERMISSIONS: ReadonlySet<Permission> = new Set(OWN_CLIENTS_PERMISSIONS);

/** For the log: the caller learns no more than of any other bad token. */
const NO_MEMBER_CLIENTS = "The member's organization has no memberClients";
const LACKS_ROLE = "The member has none of the roles of memberClients";

/**
 * Authenticates members that manage clients with their session JWT (ADR 0029). The session is neither extended nor
 * otherwise changed.
 */
export class MemberAuthenticator {
  constructor(
    private readonly sessionJwts: SessionJwts,
    private readonly sessions: SessionStore,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
    private readonly quota: SessionRequestQuota,
  ) {}

  /** @throws UNAUTHENTICATED, also if the organization lets the member manage no clients; RATE_LIMITED */
  async authenticate(sessionJwt: string, source: RequestSource): Promise<Caller> {
    try {
      return await this.quota.countUnknown(source, async () => {
        const subject = await this.sessionJwts.verifyCurrent(sessionJwt);
        if (!subject) throw sessionNotFound();
        return this.quota.countAuthentication(subject, () => this.#toCaller(subject, source));
      });
    } catch (error) {
      const isUnknown = error instanceof CountersignError && error.code === "SESSION_NOT_FOUND";
      throw isUnknown ? bearerTokenRefused({ cause: error }) : error;
    }
  }

  /** @throws SESSION_NOT_FOUND, also for a member that manages no clients */
  async #toCaller(
    { projectId, sessionId, memberId }: SessionJwtSubject,
    source: RequestSource,
  ): Promise<Caller> {
    const session = await this.sessions.find(projectId, sessionId);
    if (session?.memberId !== memberId) throw sessionNotFound();
    const member = await this.members.find(projectId, memberId);
    const organization = await this.organizations.find(projectId, session.organizationId);
    if (member?.status !== "ACTIVE" || organization?.status !== "ACTIVE") throw sessionNotFound();
    const { memberClients } = organization;
    if (!mayManageClients(member, memberClients)) {
      const explanation = memberClients ? LACKS_ROLE : NO_MEMBER_CLIENTS;
      throw sessionNotFound({ explanation });
    }
    const owner = ownerOfMemberClients(member, memberClients);
    return { ...memberCaller(source, member), permissions: MEMBER_PERMISSIONS, owner };
  }
}
