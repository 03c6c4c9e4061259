import { z } from "zod";
import type { Member } from "../organizations/member.entity.js";
import { type MemberService, memberNotFound } from "../organizations/member.service.js";
import type { Organization } from "../organizations/organization.entity.js";
import {
  type OrganizationService,
  organizationNotFound,
} from "../organizations/organization.service.js";
import type { SessionCredential, SessionService } from "../sessions/session.service.js";
import type { AuthenticatedSession } from "../sessions/session-authenticator.js";
import { mergeCustomClaims } from "../sessions/session-custom-claims.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import {
  howMany,
  sessionDurationMinutes,
  sessionJwt,
  sessionToken,
} from "../sessions/session-rules.js";
import type { Caller } from "../shared/caller.js";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import type { SingleUse } from "../shared/single-use.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { type MappedIdentity, mapClaims } from "./attribute-mapping.js";
import { invalidTrustedAuthToken } from "./invalid-token.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileService } from "./profile.service.js";
import {
  CLOCK_TOLERANCE_SECONDS,
  type TrustedAuthClaims,
  type TrustedAuthTokenVerifier,
} from "./trusted-auth-token.js";

export interface Attestation extends SessionCredential {
  profileId: string;
  /** The foreign JWT. */
  token: string;
  /** Needed unless the profile maps the organization. */
  organizationId?: string | null;
  sessionDurationMinutes?: number | null;
  sessionCustomClaims?: JsonObject | null;
}

const attestationRules = z
  .object({
    profileId: lookupId,
    token: z.string().min(1, "Must not be empty"),
    organizationId: lookupId.nullish(),
    sessionDurationMinutes: sessionDurationMinutes.nullish(),
    sessionCustomClaims: z.record(z.string(), z.unknown()).nullish(),
    sessionToken: sessionToken.nullish(),
    sessionJwt: sessionJwt.nullish(),
  })
  .superRefine(howMany(["sessionToken", "sessionJwt"], "at most one"));

/** A verified attestation, ready to be stored. */
interface Verified {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  identity: MappedIdentity;
  input: z.output<typeof attestationRules>;
  /** Session to add a factor to; null: a new one is started. */
  sessionId: string | null;
}

/** Exchanges a trusted auth token for a session. */
export class AttestationService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly profiles: ProfileService,
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly organizations: OrganizationService,
    private readonly members: MemberService,
    private readonly sessions: SessionService,
    private readonly sessionJwts: SessionJwts,
    private readonly singleUse: SingleUse,
    private readonly clock: Clock,
  ) {}

  /**
   * Nothing is stored before the signature has been verified.
   * @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, INVALID_TRUSTED_AUTH_TOKEN, ORGANIZATION_NOT_FOUND,
   *   MEMBER_NOT_FOUND, SESSION_NOT_FOUND, CONFLICT
   */
  async attest(caller: Caller, attestation: Attestation): Promise<AuthenticatedSession> {
    const input = validate(attestationRules, attestation);
    mergeCustomClaims({}, input.sessionCustomClaims ?? {});
    const profile = await this.profiles.get(caller.projectId, input.profileId);
    const claims = await this.verifier.verify(profile, input.token);
    const identity = mapClaims(profile.attributeMapping, claims);
    const session =
      input.sessionToken || input.sessionJwt
        ? await this.sessions.findByCredential(caller.projectId, input)
        : null;
    const sessionId = session?.sessionId ?? null;
    const stored = await this.#storeTwiceIfNeeded(caller, {
      profile,
      claims,
      identity,
      input,
      sessionId,
    });
    const jwt = await this.sessionJwts.sign(stored.session, stored.organization);
    return { ...stored, sessionJwt: jwt };
  }

  /** The same new member may come twice at once: whoever is second finds it the next time. */
  async #storeTwiceIfNeeded(caller: Caller, verified: Verified) {
    try {
      return await this.#store(caller, verified);
    } catch (error) {
      if (!(error instanceof CountersignError && error.code === "CONFLICT")) throw error;
      return this.#store(caller, verified);
    }
  }

  async #store(caller: Caller, verified: Verified) {
    const { profile, identity, input, sessionId } = verified;
    return this.unitOfWork.write(async () => {
      if (profile.singleUseTokenId) await this.#markUsed(verified);
      const organization = await this.#organizationOf(caller.projectId, identity, input);
      const member = await this.#memberOf(caller, profile, organization, identity);
      const grant = {
        factor: {
          type: "trusted_auth_token" as const,
          deliveryMethod: "trusted_token_exchange" as const,
          tokenId: identity.tokenId,
          profileId: profile.profileId,
          lastAuthenticatedAt: this.clock.now().toISOString(),
        },
        sessionDurationMinutes: input.sessionDurationMinutes,
        sessionCustomClaims: input.sessionCustomClaims,
      };
      if (sessionId === null) {
        const started = await this.sessions.start(caller, member, grant);
        return { ...started, member, organization };
      }
      const session = await this.sessions.addFactor(caller, member, sessionId, grant);
      return { session, member, organization, sessionToken: input.sessionToken ?? null };
    });
  }

  /** Kept until a moment after the token has expired. */
  async #markUsed({ profile, claims, identity }: Verified): Promise<void> {
    const { projectId, profileId } = profile;
    const expiry = new Date(Math.ceil(claims.exp) * 1000);
    const id = [projectId, profileId, identity.tokenId];
    const expiresAt = secondsFrom(expiry, CLOCK_TOLERANCE_SECONDS + 1);
    const isFirst = await this.singleUse.claim("trusted-auth-token", id, expiresAt);
    if (!isFirst) throw invalidTrustedAuthToken("REPLAYED");
  }

  /** By our id, or by what the token says; they must not disagree. */
  async #organizationOf(
    projectId: string,
    identity: MappedIdentity,
    input: Verified["input"],
  ): Promise<Organization> {
    const { organizationId: mapped } = identity;
    const path = ["input", "organizationId"];
    const named = input.organizationId
      ? await this.organizations.get(projectId, input.organizationId)
      : null;
    if (mapped === null) {
      if (!named) throw badUserInput(path, "Must be given: the token names no organization");
      return named;
    }
    const stated =
      (await this.organizations.find(projectId, mapped)) ??
      (await this.organizations.findByExternalId(projectId, mapped));
    if (!stated) throw organizationNotFound();
    if (named && named.organizationId !== stated.organizationId) {
      throw badUserInput(path, "Must be the organization that the token names");
    }
    return stated;
  }

  /**
   * By external id, then by email. Whoever has another external id is somebody else, who had the
   * address before or has it now.
   */
  async #memberOf(
    caller: Caller,
    profile: TrustedAuthProfile,
    { projectId, organizationId }: Organization,
    { email, externalMemberId, name }: MappedIdentity,
  ): Promise<Member> {
    const externalId = externalMemberId;
    const known =
      (externalId &&
        (await this.members.findByExternalId(projectId, organizationId, externalId))) ||
      (await this.members.findByEmail(projectId, organizationId, email));
    if (!known) {
      if (!profile.canJitProvision) throw memberNotFound();
      const fresh = { organizationId, emailAddress: email, externalId, name };
      return this.members.insert(caller, fresh);
    }
    if (known.status !== "ACTIVE") throw memberNotFound();
    if (externalId === null || known.externalId === externalId) return known;
    if (known.externalId !== null) throw memberNotFound();
    return this.members.update(caller, { memberId: known.memberId, externalId });
  }
}
