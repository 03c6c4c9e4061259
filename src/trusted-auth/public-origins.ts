import type { Platform } from "../platform/platform.js";
import { hasEnded, secondsFrom } from "../shared/clock.js";
import { TrustedAuthProfile } from "./profile.entity.js";

/** A change of a profile takes effect after at most this time. */
const CACHE_SECONDS = 5;

/** Caches the web origins of all profiles with `publicExchange`. */
export class PublicOrigins {
  #origins: Promise<ReadonlySet<string>> | null = null;
  #cachedUntil = new Date(0);

  constructor(private readonly platform: Platform) {}

  /** @param origin as a browser sends it, such as `https://app.example.com` */
  async includes(origin: string): Promise<boolean> {
    const now = this.platform.clock.now();
    if (!this.#origins || hasEnded(this.#cachedUntil, now, CACHE_SECONDS)) {
      this.#cachedUntil = secondsFrom(now, CACHE_SECONDS);
      this.#origins = this.#load();
    }
    try {
      return (await this.#origins).has(origin);
    } catch (error) {
      this.#origins = null;
      throw error;
    }
  }

  async #load(): Promise<ReadonlySet<string>> {
    const profiles = await this.platform.unitOfWork.read.find(TrustedAuthProfile, {
      where: { publicExchange: true },
      select: { projectId: true, profileId: true, allowedOrigins: true },
    });
    return new Set(profiles.flatMap(({ allowedOrigins }) => allowedOrigins));
  }
}
