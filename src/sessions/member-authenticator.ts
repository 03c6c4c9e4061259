import { mayManageClients, ownerOfMemberClients } from "../organizations/member-clients.js";
import { bearerTokenRefused } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { OWN_CLIENTS_PERMISSIONS, type Permission } from "../shared/permissions.js";
import { memberCaller } from "./member-caller.js";
import type { SessionContext } from "./session-context.js";
import type { SessionCredentials } from "./session-credentials.js";
import type { SessionRequestQuota } from "./session-request-quota.js";
import { sessionNotFound } from "./session-store.js";

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
    private readonly credentials: SessionCredentials,
    private readonly quota: SessionRequestQuota,
  ) {}

  /** @throws UNAUTHENTICATED, also if the organization lets the member manage no clients; RATE_LIMITED */
  async authenticate(sessionJwt: string, source: RequestSource): Promise<Caller> {
    try {
      return await this.quota.countUnknown(source, async () => {
        const context = await this.credentials.findByCurrentJwt(sessionJwt);
        const caller = toCaller(context, source);
        await this.quota.countRequest(context.session);
        return caller;
      });
    } catch (error) {
      const isUnknown = error instanceof CountersignError && error.code === "SESSION_NOT_FOUND";
      throw isUnknown ? bearerTokenRefused({ cause: error }) : error;
    }
  }
}

/** @throws SESSION_NOT_FOUND for a member that manages no clients */
function toCaller({ member, organization }: SessionContext, source: RequestSource): Caller {
  const { memberClients } = organization;
  if (!mayManageClients(member, memberClients)) {
    const explanation = memberClients ? LACKS_ROLE : NO_MEMBER_CLIENTS;
    throw sessionNotFound({ explanation });
  }
  const owner = ownerOfMemberClients(member, memberClients);
  return { ...memberCaller(source, member), permissions: MEMBER_PERMISSIONS, owner };
}
