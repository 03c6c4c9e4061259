import { type MemberStore, memberNotFound } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { validate } from "../shared/validation.js";
import { memberCaller } from "./member-caller.js";
import type { AuthenticationFactor } from "./session.entity.js";
import type { AuthenticatedSession } from "./session-authenticator.js";
import { assertMaySetClaims, mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionJwts } from "./session-jwts.js";
import { exchangeSessionRules } from "./session-rules.js";
import {
  type SessionCredential,
  type SessionOptions,
  type SessionStore,
  sessionNotFound,
} from "./session-store.js";

export interface SessionToExchange extends SessionCredential, SessionOptions {
  /** Where the new session shall be. */
  organizationId: string;
}

/** Lets a person go from one organization to another one without a new attestation. */
export class SessionExchange {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly sessions: SessionStore,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
    private readonly sessionJwts: SessionJwts,
  ) {}

  /**
   * The old session stays as it is; its custom claims belong to it and are not taken along.
   * @param caller limits it to the caller's project; null: whichever the credential belongs to
   * @throws BAD_USER_INPUT, FORBIDDEN for custom claims, and where no factor counts there,
   *   SESSION_NOT_FOUND, ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async exchange(
    caller: Caller | null,
    source: RequestSource,
    input: SessionToExchange,
  ): Promise<AuthenticatedSession> {
    const rules = validate(exchangeSessionRules, input);
    const { organizationId, ...options } = rules;
    assertMaySetClaims(caller, options.sessionCustomClaims);
    mergeCustomClaims({}, options.sessionCustomClaims ?? {});
    const callersProject = caller?.projectId ?? null;
    const { projectId, sessionId } = await this.sessions.findByCredential(callersProject, options);
    const created = await this.unitOfWork.write(async () => {
      const { currentMember, factors } = await this.#currentMember(
        projectId,
        sessionId,
        organizationId,
      );
      const organization = await this.organizations.lockActive(projectId, organizationId);
      const member = await this.members.findByEmail(
        projectId,
        organizationId,
        currentMember.emailAddress,
      );
      if (!member) throw memberNotFound();
      const actor = caller ?? memberCaller(source, currentMember);
      const started = await this.sessions.startWithFactors(actor, member, factors, options);
      return { ...started, member, organization };
    });
    return { ...created, sessionJwt: await this.sessionJwts.sign(created) };
  }

  /** Who holds the old session, and what proves that in the new organization too. */
  async #currentMember(projectId: string, sessionId: string, organizationId: string) {
    const session = await this.sessions.find(projectId, sessionId);
    const currentMember = session && (await this.members.find(projectId, session.memberId));
    const former = session && (await this.organizations.find(projectId, session.organizationId));
    if (currentMember?.status !== "ACTIVE" || former?.status !== "ACTIVE") throw sessionNotFound();
    const factors = factorsValidIn(session?.authenticationFactors ?? [], organizationId);
    if (factors.length === 0) {
      throw new CountersignError(
        "FORBIDDEN",
        "The session's authentication counts in its own organization only",
      );
    }
    return { currentMember, factors };
  }
}

/**
 * A profile that is confined to one organization vouches for an email address there only: whoever
 * runs it must not reach the other organizations of people whose addresses it can claim.
 */
function factorsValidIn(
  factors: readonly AuthenticationFactor[],
  organizationId: string,
): AuthenticationFactor[] {
  return factors.filter(({ onlyInOrganizationId: only }) => !only || only === organizationId);
}
