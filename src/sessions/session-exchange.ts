import { type MemberStore, memberNotFound } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { Caller, Origin } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import { memberCaller } from "./member-caller.js";
import type { AuthenticationFactor } from "./session.entity.js";
import type { AuthenticatedSession } from "./session-authenticator.js";
import { assertMaySetClaims, mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionJwts } from "./session-jwts.js";
import { exchangeSessionRules } from "./session-rules.js";
import {
  type SessionCredential,
  type SessionStore,
  type SessionTerms,
  sessionNotFound,
} from "./session-store.js";

export interface SessionToExchange extends SessionCredential, SessionTerms {
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
    origin: Origin,
    input: SessionToExchange,
  ): Promise<AuthenticatedSession> {
    const rules = validate(exchangeSessionRules, input);
    const { organizationId, ...terms } = rules;
    assertMaySetClaims(caller, terms.sessionCustomClaims);
    mergeCustomClaims({}, terms.sessionCustomClaims ?? {});
    const callersProject = caller?.projectId ?? null;
    const { projectId, sessionId } = await this.sessions.findByCredential(callersProject, terms);
    const begun = await this.unitOfWork.write(async () => {
      const { person, factors } = await this.#personOf(projectId, sessionId, organizationId);
      const organization = await this.organizations.holdActive(projectId, organizationId);
      const member = await this.members.findByEmail(projectId, organizationId, person.emailAddress);
      if (!member) throw memberNotFound();
      const actor = caller ?? memberCaller(origin, person);
      const started = await this.sessions.startFrom(actor, member, factors, terms);
      return { ...started, member, organization };
    });
    return { ...begun, sessionJwt: await this.sessionJwts.sign(begun) };
  }

  /** Who holds the old session, and what proves that in the new organization too. */
  async #personOf(projectId: string, sessionId: string, organizationId: string) {
    const session = await this.sessions.find(projectId, sessionId);
    const person = session && (await this.members.find(projectId, session.memberId));
    const former = session && (await this.organizations.find(projectId, session.organizationId));
    if (person?.status !== "ACTIVE" || former?.status !== "ACTIVE") throw sessionNotFound();
    const factors = factorsIn(session?.authenticationFactors ?? [], organizationId);
    if (factors.length === 0) {
      throw new CountersignError(
        "FORBIDDEN",
        "The session's authentication counts in its own organization only",
      );
    }
    return { person, factors };
  }
}

/**
 * A profile that is confined to one organization vouches for an email address there only: whoever
 * runs it must not reach the other organizations of people whose addresses it can claim.
 */
function factorsIn(
  factors: readonly AuthenticationFactor[],
  organizationId: string,
): AuthenticationFactor[] {
  return factors.filter(({ onlyInOrganizationId: only }) => !only || only === organizationId);
}
