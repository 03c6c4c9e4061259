import type { ProjectStore } from "../projects/project-store.js";
import {
  FAILED_PUBLIC_EXCHANGES_PER_PROFILE,
  PUBLIC_EXCHANGES_PER_ADDRESS,
} from "../rate-limit/policies.js";
import type { Quota, RateLimiter } from "../rate-limit/rate-limiter.js";
import {
  assertPermitted,
  type Caller,
  type RequestSource,
  systemCaller,
} from "../shared/caller.js";
import { networkPrefix } from "../shared/network.js";
import type { ExchangeContext, ExchangeContextLoader } from "./exchange-context.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { profileNotFound } from "./profile-store.js";

export interface ExchangeRequest {
  profileId: string;
  projectId?: string | null | undefined;
}

/** An exchange that the caller may attempt; its token is not verified yet. */
export interface AuthorizedExchange extends ExchangeContext {
  profile: TrustedAuthProfile;
  /** The system caller if the request has no management key. */
  caller: Caller;
  isPublic: boolean;
}

const NOT_PUBLIC =
  "The request has no management key, which only a profile with publicExchange accepts";

const NO_PERMISSIONS: Caller["permissions"] = new Set();

/** Lets callers with the permission exchange tokens, and anyone if the profile has `publicExchange`. */
export class ExchangeAuthorizer {
  constructor(
    private readonly projects: ProjectStore,
    private readonly contexts: ExchangeContextLoader,
    private readonly rateLimiter: RateLimiter,
  ) {}

  /** @throws FORBIDDEN, PROFILE_NOT_FOUND, RATE_LIMITED */
  async authorize(
    caller: Caller | null,
    source: RequestSource,
    request: ExchangeRequest,
  ): Promise<AuthorizedExchange> {
    if (!caller) return this.#authorizePublic(source, request);
    assertPermitted(caller, "sessions:write");
    if ((request.projectId ?? caller.projectId) !== caller.projectId) throw profileNotFound();
    const context = await this.#load(caller.projectId, request);
    return { ...context, caller, isPublic: false };
  }

  async #consumeQuota(quota: Quota): Promise<void> {
    await this.rateLimiter.delayRejection(this.rateLimiter.consume(quota));
  }

  /**
   * Counts a token that was not verified. When there are too many, their senders are told so, late. Tokens that
   * are verified pass: nobody's junk keeps others out.
   * @throws RATE_LIMITED
   */
  async countFailure({ profile, isPublic }: AuthorizedExchange): Promise<void> {
    if (!isPublic) return;
    const { projectId, profileId } = profile;
    await this.#consumeQuota([FAILED_PUBLIC_EXCHANGES_PER_PROFILE, projectId, profileId]);
  }

  /** Consumes the address's quota before any lookup or verification. */
  async #authorizePublic(
    source: RequestSource,
    request: ExchangeRequest,
  ): Promise<AuthorizedExchange> {
    await this.#consumeQuota([PUBLIC_EXCHANGES_PER_ADDRESS, networkPrefix(source.ipAddress)]);
    const projectId = request.projectId || (await this.projects.defaultProjectId());
    if (projectId === null) throw profileNotFound();
    const context = await this.#load(projectId, request);
    const { profileId, publicExchange } = context.profile;
    if (!publicExchange) throw profileNotFound({ profileId }, { explanation: NOT_PUBLIC });
    const caller = { ...systemCaller(projectId), ...source, permissions: NO_PERMISSIONS };
    return { ...context, caller, isPublic: true };
  }

  /** @throws PROFILE_NOT_FOUND, also for an unknown project */
  async #load(projectId: string, { profileId }: ExchangeRequest) {
    const context = await this.contexts.load(projectId, profileId);
    if (!context?.profile) throw profileNotFound();
    return { ...context, profile: context.profile };
  }
}
