import { z } from "zod";
import type { Platform } from "../platform/platform.js";
import { memberCaller } from "../sessions/member-caller.js";
import type { AuthenticatedSession } from "../sessions/session-authenticator.js";
import { assertMaySetClaims, mergeCustomClaims } from "../sessions/session-custom-claims.js";
import type { SessionJwts } from "../sessions/session-jwts.js";
import {
  howMany,
  sessionDurationMinutes,
  sessionJwt,
  sessionToken,
} from "../sessions/session-rules.js";
import type { SessionCredential, SessionGrant, SessionStore } from "../sessions/session-store.js";
import type { Caller, Origin } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { SingleUse } from "../shared/single-use.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { lookupId, validate } from "../shared/validation.js";
import type { Examination, VerifiedToken } from "./examination.js";
import type { Exchange, Exchanges } from "./exchange.js";
import type { Placement } from "./placement.js";
import { useUp } from "./token-use.js";

export interface Attestation extends SessionCredential {
  profileId: string;
  /** The foreign JWT. */
  token: string;
  /** Absent: the caller's, or the default project. */
  projectId?: string | null;
  /** Absent: what token or profile name, or the default one. */
  organizationId?: string | null;
  sessionDurationMinutes?: number | null;
  sessionCustomClaims?: JsonObject | null;
}

const attestationRules = z
  .object({
    profileId: lookupId,
    token: z.string().min(1, "Must not be empty"),
    projectId: lookupId.nullish(),
    organizationId: lookupId.nullish(),
    sessionDurationMinutes: sessionDurationMinutes.nullish(),
    sessionCustomClaims: z.record(z.string(), z.unknown()).nullish(),
    sessionToken: sessionToken.nullish(),
    sessionJwt: sessionJwt.nullish(),
  })
  .superRefine(howMany(["sessionToken", "sessionJwt"], "at most one"));

/** A verified attestation, ready to be stored. */
interface Verified {
  exchange: Exchange;
  token: VerifiedToken;
  input: z.output<typeof attestationRules>;
  /** Session to add a factor to; null: a new one is started. */
  sessionId: string | null;
}

/** One over an organization, one over a member. */
const MAX_CONFLICTS = 2;

/** Exchanges a trusted auth token for a session. */
export class AttestationService {
  constructor(
    private readonly platform: Platform,
    private readonly exchanges: Exchanges,
    private readonly examination: Examination,
    private readonly placement: Placement,
    private readonly sessions: SessionStore,
    private readonly sessionJwts: SessionJwts,
    private readonly singleUse: SingleUse,
  ) {}

  /**
   * Nothing is stored before the signature has been verified.
   * @param caller null: nobody has shown a management key
   * @throws BAD_USER_INPUT, FORBIDDEN, RATE_LIMITED, PROFILE_NOT_FOUND, INVALID_TRUSTED_AUTH_TOKEN,
   *   ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, SESSION_NOT_FOUND, CONFLICT
   */
  async attest(
    caller: Caller | null,
    origin: Origin,
    attestation: Attestation,
  ): Promise<AuthenticatedSession> {
    const input = validate(attestationRules, attestation);
    assertMaySetClaims(caller, input.sessionCustomClaims);
    mergeCustomClaims({}, input.sessionCustomClaims ?? {});
    const exchange = await this.exchanges.open(caller, origin, input);
    const token = await this.examination.verify(exchange.profile, input.token);
    const session =
      input.sessionToken || input.sessionJwt
        ? await this.sessions.findByCredential(exchange.caller.projectId, input)
        : null;
    const sessionId = session?.sessionId ?? null;
    const stored = await this.#storeAgainIfNeeded({ exchange, token, input, sessionId });
    return { ...stored, sessionJwt: await this.sessionJwts.sign(stored) };
  }

  /**
   * The same new organization may come twice at once, and then the same new member of it: whoever is
   * second finds them the next time.
   */
  async #storeAgainIfNeeded(verified: Verified) {
    for (let conflicts = 0; ; conflicts++) {
      try {
        return await this.#store(verified);
      } catch (error) {
        const isConflict = error instanceof CountersignError && error.code === "CONFLICT";
        if (!isConflict || conflicts === MAX_CONFLICTS) throw error;
      }
    }
  }

  async #store({ exchange, token, input, sessionId }: Verified) {
    const { caller, isPublic } = exchange;
    return this.platform.unitOfWork.write(async () => {
      const wish = { organizationId: input.organizationId, isPublic };
      const place = await this.examination.place(token, wish, useUp(this.singleUse));
      const { member, organization } = await this.placement.settle(caller, place, token.identity);
      const grant = this.#grantOf(token, input);
      // Whoever comes without a key has proved to be this member, and nothing else.
      const actor = isPublic ? memberCaller(caller, member) : caller;
      if (sessionId === null) {
        const started = await this.sessions.start(actor, member, grant);
        return { ...started, member, organization };
      }
      const session = await this.sessions.addFactor(actor, member, sessionId, grant);
      return { session, member, organization, sessionToken: input.sessionToken ?? null };
    });
  }

  #grantOf({ profile, identity }: VerifiedToken, input: Verified["input"]): SessionGrant {
    return {
      factor: {
        type: "trusted_auth_token",
        deliveryMethod: "trusted_token_exchange",
        tokenId: identity.tokenId,
        profileId: profile.profileId,
        onlyInOrganizationId: profile.organizationId,
        lastAuthenticatedAt: this.platform.clock.now().toISOString(),
      },
      sessionDurationMinutes: input.sessionDurationMinutes,
      sessionCustomClaims: input.sessionCustomClaims,
    };
  }
}
