import type { Member } from "../organizations/member.entity.js";
import { type MemberStore, memberNotFound, normalizeEmail } from "../organizations/member-store.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { validate } from "../shared/validation.js";
import { memberCaller, sessionWriter } from "./member-caller.js";
import type { AuthenticationFactor } from "./session.entity.js";
import type { AuthenticatedSession } from "./session-authenticator.js";
import type { SessionContext } from "./session-context.js";
import type { SessionCredential, SessionCredentials } from "./session-credentials.js";
import { assertMaySetClaims, mergeCustomClaims } from "./session-custom-claims.js";
import type { SessionJwts } from "./session-jwts.js";
import type { SessionRequestQuota } from "./session-request-quota.js";
import { exchangeSessionRules } from "./session-rules.js";
import type { SessionStarter } from "./session-starter.js";
import { type SessionOptions, type SessionStore, sessionNotFound } from "./session-store.js";

export interface SessionToExchange extends SessionOptions {
  credential: SessionCredential;
  /** Organization of the new session. */
  organizationId: string;
}

/** Starts a session in another organization of the same person, without a new attestation. */
export class SessionExchange {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly credentials: SessionCredentials,
    private readonly sessions: SessionStore,
    private readonly sessionStarter: SessionStarter,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
    private readonly sessionJwts: SessionJwts,
    private readonly quota: SessionRequestQuota,
  ) {}

  /**
   * The old session stays active, and its custom claims are not copied. The new one is revoked with it. It leads to
   * another organization by an address that a token of the session named (ADR 0009).
   * @param caller limits the search to the caller's project; null: the credential determines the project
   * @throws BAD_USER_INPUT, RATE_LIMITED, SESSION_NOT_FOUND, ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND; FORBIDDEN for custom
   *   claims, and if no authentication factor is valid in the new organization
   */
  async exchange(
    caller: Caller | null,
    source: RequestSource,
    input: SessionToExchange,
  ): Promise<AuthenticatedSession> {
    const { credential, organizationId, ...options } = validate(exchangeSessionRules, input);
    assertMaySetClaims(caller, options.sessionCustomClaims);
    mergeCustomClaims({}, options.sessionCustomClaims ?? {});
    const writer = sessionWriter(caller);
    const { project, signingKey, session } = writer
      ? await this.credentials.find(writer.projectId, credential)
      : await this.#findAsMember(caller?.projectId ?? null, source, credential);
    const { projectId, sessionId } = session;
    const exchanged = await this.unitOfWork.write(async () => {
      const current = await this.#current(projectId, sessionId, organizationId);
      const { session, currentMember } = current;
      const organization = await this.organizations.lockActive(projectId, organizationId);
      const { member, factors } =
        currentMember.organizationId === organizationId
          ? { member: currentMember, factors: current.factors }
          : await this.#samePersonIn(organization, current.factors);
      const actor = writer ?? memberCaller(source, currentMember);
      const started = await this.sessionStarter.startFrom(actor, member, session, factors, {
        ...options,
        project,
      });
      return { ...started, member, organization };
    });
    return { ...exchanged, sessionJwt: this.sessionJwts.prepare(exchanged, project, signingKey) };
  }

  /** @throws SESSION_NOT_FOUND, RATE_LIMITED */
  async #findAsMember(
    projectId: string | null,
    source: RequestSource,
    credential: SessionCredential,
  ): Promise<SessionContext> {
    const context = await this.quota.countUnknown(source, () =>
      this.credentials.find(projectId, credential),
    );
    await this.quota.countExchange(context.session);
    return context;
  }

  /**
   * The member whose address the session's tokens name, the latest first, and the factors that name it. Only an address
   * tells the same person: issuers may give two people the same external id. The old session's member has one that
   * others may have written: another issuer of its organization, or an operator.
   * @throws MEMBER_NOT_FOUND
   */
  async #samePersonIn(
    { projectId, organizationId }: Organization,
    factors: AuthenticationFactor[],
  ): Promise<{ member: Member; factors: AuthenticationFactor[] }> {
    for (const { emailAddress } of factors.toReversed()) {
      if (!emailAddress) continue;
      const member = await this.members.findByEmail(projectId, organizationId, emailAddress);
      if (member) return { member, factors: factorsNaming(member, factors) };
    }
    throw memberNotFound();
  }

  /** The old session and its member, and its factors that are valid in the new organization too. */
  async #current(projectId: string, sessionId: string, organizationId: string) {
    const session = await this.sessions.find(projectId, sessionId);
    if (!session) throw sessionNotFound();
    const currentMember = await this.members.find(projectId, session.memberId);
    const currentOrganization = await this.organizations.find(projectId, session.organizationId);
    if (currentMember?.status !== "ACTIVE" || currentOrganization?.status !== "ACTIVE") {
      throw sessionNotFound();
    }
    const factors = factorsValidIn(session.authenticationFactors, organizationId);
    if (factors.length === 0) {
      throw new CountersignError(
        "FORBIDDEN",
        "The session's authentication factors are valid only in its own organization: attest a session in the other one",
      );
    }
    return { session, currentMember, factors };
  }
}

/**
 * Some tokens authenticate members of one organization only: otherwise their issuer, or the tenant of it that wrote
 * them, could reach members of other organizations by asserting their email addresses.
 */
function factorsValidIn(
  factors: readonly AuthenticationFactor[],
  organizationId: string,
): AuthenticationFactor[] {
  return factors.filter(
    ({ onlyInOrganizationId }) => !onlyInOrganizationId || onlyInOrganizationId === organizationId,
  );
}

function factorsNaming(
  { normalizedEmail }: Member,
  factors: readonly AuthenticationFactor[],
): AuthenticationFactor[] {
  return factors.filter(({ emailAddress }) => normalizeEmail(emailAddress) === normalizedEmail);
}
