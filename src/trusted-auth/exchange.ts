import type { ProjectStore } from "../projects/project-store.js";
import { networkOf } from "../rate-limit/network.js";
import { EXCHANGES_OF_ADDRESS, EXCHANGES_OF_PROFILE } from "../rate-limit/policies.js";
import type { Allowance, RateLimiter } from "../rate-limit/rate-limiter.js";
import { assertPermitted, type Caller, type Origin, systemCaller } from "../shared/caller.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { type ProfileStore, profileNotFound } from "./profile-store.js";

export interface ExchangeRequest {
  profileId: string;
  projectId?: string | null | undefined;
}

/** An exchange that may be tried. */
export interface Exchange {
  profile: TrustedAuthProfile;
  /** The server itself where nobody has shown a management key. */
  caller: Caller;
  isPublic: boolean;
}

/** The server acts for somebody whom it does not know. */
const NO_PERMISSIONS: Caller["permissions"] = new Set();

/** Who may exchange tokens: whoever has the permission, and anybody where a profile is public. */
export class Exchanges {
  constructor(
    private readonly projects: ProjectStore,
    private readonly profiles: ProfileStore,
    private readonly rateLimiter: RateLimiter,
  ) {}

  /** @throws FORBIDDEN, PROFILE_NOT_FOUND, RATE_LIMITED */
  async open(caller: Caller | null, origin: Origin, request: ExchangeRequest): Promise<Exchange> {
    if (!caller) return this.#openToAnybody(origin, request);
    assertPermitted(caller, "sessions:write");
    if ((request.projectId ?? caller.projectId) !== caller.projectId) throw profileNotFound();
    const profile = await this.profiles.get(caller.projectId, request.profileId);
    return { profile, caller, isPublic: false };
  }

  async #count(allowance: Allowance): Promise<void> {
    await this.rateLimiter.late(this.rateLimiter.count(allowance));
  }

  /** Counted before anything is looked up or verified. */
  async #openToAnybody(origin: Origin, request: ExchangeRequest): Promise<Exchange> {
    await this.#count([EXCHANGES_OF_ADDRESS, networkOf(origin.ipAddress)]);
    const project = request.projectId
      ? await this.projects.find(request.projectId)
      : await this.projects.findDefault();
    const profile = project && (await this.profiles.find(project.projectId, request.profileId));
    if (!profile?.publicExchange) throw profileNotFound();
    const { projectId, profileId } = profile;
    await this.#count([EXCHANGES_OF_PROFILE, projectId, profileId]);
    const caller = { ...systemCaller(projectId), ...origin, permissions: NO_PERMISSIONS };
    return { profile, caller, isPublic: true };
  }
}
