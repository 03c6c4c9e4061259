import { z } from "zod";
import type { Organization } from "../organizations/organization.entity.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { Platform } from "../platform/platform.js";
import { sessionMinutes } from "../projects/session-limits.js";
import { memberCaller } from "../sessions/member-caller.js";
import type { AuthenticatedSession } from "../sessions/session-authenticator.js";
import type { SessionCredential, SessionCredentials } from "../sessions/session-credentials.js";
import { assertMaySetClaims, mergeCustomClaims } from "../sessions/session-custom-claims.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import { sessionCredentialRules } from "../sessions/session-rules.js";
import type { SessionGrant, SessionStarter } from "../sessions/session-starter.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { inSpan } from "../shared/tracing.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { idToLookUp, validate } from "../shared/validation.js";
import type { AuthorizedExchange, ExchangeAuthorizer } from "./exchange-authorizer.js";
import type { MemberProvisioner } from "./member-provisioner.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { consumeToken } from "./token-replay.js";
import { explained, refusedBy } from "./trusted-auth-error.js";
import type {
  TrustedIdentityResolver,
  VerifiedTrustedAuthToken,
} from "./trusted-identity-resolver.js";
import { parseIssuerTemplate } from "./trusted-issuers.js";

export interface Attestation {
  profileId: string;
  /** The foreign JWT. */
  token: string;
  /** Absent: the caller's project, or the first project for a caller without a management key. */
  projectId?: string | null;
  /** Id, slug or external id; absent: that of the token or the profile, or the default organization. */
  organizationId?: string | null;
  /** Credential of a session that gets an additional factor; absent: a new session is started. */
  session?: SessionCredential | null;
  sessionDurationMinutes?: number | null;
  sessionCustomClaims?: JsonObject | null;
}

const attestationRules = z.object({
  profileId: idToLookUp,
  token: z.string().min(1, "Must not be empty"),
  projectId: idToLookUp.nullish(),
  organizationId: idToLookUp.nullish(),
  sessionDurationMinutes: sessionMinutes.nullish(),
  sessionCustomClaims: z.record(z.string(), z.unknown()).nullish(),
  session: sessionCredentialRules.nullish(),
});

type AttestationInput = z.output<typeof attestationRules>;

/** A verified attestation, ready to be stored. */
interface VerifiedAttestation {
  exchange: AuthorizedExchange;
  token: VerifiedTrustedAuthToken;
  input: AttestationInput;
  /** Session that gets an additional factor; null: a new session is started. */
  sessionId: string | null;
}

/** Creating an organization and creating a member can each conflict once. */
const MAX_RETRIES = 2;
/** What two attestations cause that write the same rows at the same time. */
const WRITE_CONFLICTS: ReadonlySet<string> = new Set(["ALREADY_EXISTS", "VERSION_CONFLICT"]);

/** Exchanges a trusted auth token for a session. */
export class AttestationService {
  constructor(
    private readonly platform: Platform,
    private readonly exchangeAuthorizer: ExchangeAuthorizer,
    private readonly identityResolver: TrustedIdentityResolver,
    private readonly memberProvisioner: MemberProvisioner,
    private readonly sessionCredentials: SessionCredentials,
    private readonly sessionStarter: SessionStarter,
    private readonly sessionJwts: SessionJwts,
    private readonly replayDetection: ReplayDetection,
  ) {}

  /**
   * Stores nothing before the token is verified.
   * @param caller null: the request has no management key
   * @throws BAD_USER_INPUT, FORBIDDEN, RATE_LIMITED, PROFILE_NOT_FOUND, INVALID_TRUSTED_AUTH_TOKEN,
   *   ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, SESSION_NOT_FOUND, PRECONDITION_FAILED
   */
  async attest(
    caller: Caller | null,
    source: RequestSource,
    attestation: Attestation,
  ): Promise<AuthenticatedSession> {
    const input = validate(attestationRules, attestation);
    assertMaySetClaims(caller, input.sessionCustomClaims);
    mergeCustomClaims({}, input.sessionCustomClaims ?? {});
    return inSpan("attest session", {}, async () => {
      const exchange = await this.exchangeAuthorizer.authorize(caller, source, input);
      try {
        return await this.#exchange(exchange, input);
      } catch (error) {
        const refused = refusedBy(exchange.profile, error);
        throw exchange.isPublic ? refused : explained(refused);
      }
    });
  }

  async #exchange(
    exchange: AuthorizedExchange,
    input: AttestationInput,
  ): Promise<AuthenticatedSession> {
    const token = await this.#verify(exchange, input.token);
    const existing =
      input.session &&
      (await this.sessionCredentials.find(exchange.caller.projectId, input.session));
    const sessionId = existing?.session.sessionId ?? null;
    const stored = await this.#storeWithRetry({ exchange, token, input, sessionId });
    const { project, signingKey } = exchange;
    return { ...stored, sessionJwt: this.sessionJwts.prepare(stored, project, signingKey) };
  }

  async #verify(exchange: AuthorizedExchange, token: string): Promise<VerifiedTrustedAuthToken> {
    try {
      return await this.identityResolver.verify(exchange.profile, token);
    } catch (error) {
      if (error instanceof CountersignError) await this.exchangeAuthorizer.countFailure(exchange);
      throw error;
    }
  }

  /**
   * Concurrent attestations may create the same organization or member, or give two members one address. The second
   * gets ALREADY_EXISTS or VERSION_CONFLICT and finds the created row when it tries again.
   */
  async #storeWithRetry(verified: VerifiedAttestation) {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#store(verified);
      } catch (error) {
        const isConflict = error instanceof CountersignError && WRITE_CONFLICTS.has(error.code);
        if (!isConflict || retries === MAX_RETRIES) throw error;
      }
    }
  }

  async #store({ exchange, token, input, sessionId }: VerifiedAttestation) {
    const { caller, isPublic, project, organization: ofProfile } = exchange;
    return this.platform.unitOfWork.write(async () => {
      const request = { organizationId: input.organizationId, isPublic, ofProfile };
      const target = await this.identityResolver.resolveMember(
        token,
        request,
        consumeToken(this.replayDetection),
      );
      // An existing member whose token has other values changes itself, as often as it likes.
      const { member, organization } = await this.memberProvisioner.provision(
        isPublic && target.member ? memberCaller(caller, target.member) : caller,
        token.profile,
        target,
        token.identity,
      );
      const grant = this.#toSessionGrant(project, token, organization, input);
      // Without a management key, the caller has only proved that it is this member.
      const actor = isPublic ? memberCaller(caller, member) : caller;
      if (sessionId === null) {
        const started = await this.sessionStarter.start(actor, member, grant);
        return { ...started, member, organization };
      }
      const session = await this.sessionStarter.addFactor(actor, member, sessionId, grant);
      return { session, member, organization, sessionToken: input.session?.sessionToken ?? null };
    });
  }

  #toSessionGrant(
    project: AuthorizedExchange["project"],
    { profile, identity }: VerifiedTrustedAuthToken,
    { organizationId }: Organization,
    input: AttestationInput,
  ): SessionGrant {
    return {
      project,
      factor: {
        type: "trusted_auth_token",
        deliveryMethod: "trusted_token_exchange",
        tokenId: identity.tokenId,
        profileId: profile.profileId,
        onlyInOrganizationId: isTrustedInOneOrganization(profile) ? organizationId : null,
        emailAddress: identity.email,
        lastAuthenticatedAt: this.platform.clock.now().toISOString(),
      },
      maximumDurationMinutes: profile.maximumSessionDurationMinutes,
      sessionDurationMinutes: input.sessionDurationMinutes,
      sessionCustomClaims: input.sessionCustomClaims,
    };
  }
}

/**
 * A template accepts the tokens of many tenants, and whoever administers one of them writes what its tokens claim. So
 * their addresses count only where the session is (ADR 0025).
 */
function isTrustedInOneOrganization({ organizationId, issuer }: TrustedAuthProfile): boolean {
  return organizationId !== null || parseIssuerTemplate(issuer) !== null;
}
