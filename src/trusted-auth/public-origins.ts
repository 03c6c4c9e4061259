import type { Platform } from "../platform/platform.js";
import { secondsFrom } from "../shared/clock.js";
import { TrustedAuthProfile } from "./profile.entity.js";

/** So long may a change take to be noticed. */
const FRESH_SECONDS = 5;

/** Web origins whose scripts may exchange tokens: those of all public profiles together. */
export class PublicOrigins {
  #known: Promise<ReadonlySet<string>> | null = null;
  #freshUntil = new Date(0);

  constructor(private readonly platform: Platform) {}

  /** @param origin as a browser sends it: scheme, host and port */
  async includes(origin: string): Promise<boolean> {
    const now = this.platform.clock.now();
    if (!this.#known || this.#freshUntil <= now) {
      this.#freshUntil = secondsFrom(now, FRESH_SECONDS);
      this.#known = this.#read();
    }
    try {
      return (await this.#known).has(origin);
    } catch (error) {
      this.#known = null;
      throw error;
    }
  }

  async #read(): Promise<ReadonlySet<string>> {
    const profiles = await this.platform.unitOfWork.read.find(TrustedAuthProfile, {
      where: { publicExchange: true },
      select: { projectId: true, profileId: true, allowedOrigins: true },
    });
    return new Set(profiles.flatMap(({ allowedOrigins }) => allowedOrigins));
  }
}
