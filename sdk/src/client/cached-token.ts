import { type HeldToken, isOlderThan, usableMs } from "./held-token.js";
import type { TokenSourceOptions } from "./options.js";
import { Pause, withRetries } from "./retries.js";
import { TokenRequestError } from "./token-request-error.js";

const RENEWAL_SHARE = 0.75;
const RENEWAL_JITTER = 0.05;
const ATTEMPTS = 6;
const REPLACEMENT_PAUSE_MS = 10_000;

type Options = Pick<
  TokenSourceOptions,
  "retrySeconds" | "timeoutSeconds" | "onRenewalFailure" | "waitUntil"
>;

interface Flight {
  token: Promise<HeldToken>;
  begunAt: number;
}

/** The token of one key: held while it is valid, renewed before it ends, requested once for all who wait. */
export class CachedToken {
  readonly #load: (refusedToken: string | undefined) => Promise<HeldToken>;
  readonly #options: Options;
  #held: HeldToken | undefined;
  /** share of its life after which the held token is renewed */
  #renewalShare = 1;
  #nextRenewalAt = 0;
  #flight: Flight | undefined;
  #pause = new Pause();
  #replacedAt = Number.NEGATIVE_INFINITY;

  /** @param load makes one attempt */
  constructor(load: (refusedToken: string | undefined) => Promise<HeldToken>, options: Options) {
    this.#load = load;
    this.#options = options;
  }

  async get(refusedToken: string | undefined): Promise<HeldToken> {
    const held = this.#held;
    const isRefused = held !== undefined && held.accessToken === refusedToken;
    if (isRefused && performance.now() - this.#replacedAt >= REPLACEMENT_PAUSE_MS) {
      this.#replacedAt = performance.now();
      this.#held = undefined;
    } else if (held && usableMs(held) > 0) {
      this.#renewIfDue(held);
      return held;
    }
    const renewed = await this.#currentFlight()?.token.catch(() => undefined);
    if (renewed && renewed.accessToken !== refusedToken) return renewed;
    return (this.#currentFlight() ?? this.#request(refusedToken)).token;
  }

  #renewIfDue(held: HeldToken): void {
    if (!isOlderThan(held, this.#renewalShare) || this.#currentFlight()) return;
    const now = performance.now();
    if (now < this.#nextRenewalAt) return;
    const { onRenewalFailure, waitUntil } = this.#options;
    const renewal = this.#fly(() => this.#load(held.accessToken)).token.catch((error: unknown) => {
      const retryAfter = error instanceof TokenRequestError ? (error.retryAfterSeconds ?? 0) : 0;
      // Half of what is left: few attempts while there is time, more as the end comes near.
      const halfMs = usableMs(held) * (0.4 + 0.2 * Math.random());
      this.#nextRenewalAt = now + Math.max(halfMs, 1000, retryAfter * 1000);
      onRenewalFailure?.(error);
    });
    waitUntil?.(renewal);
  }

  #request(refusedToken: string | undefined): Flight {
    if (!this.#pause.isOver) throw this.#pause.error;
    return this.#fly(async () => {
      const { retrySeconds = 30 } = this.#options;
      try {
        const load = () => this.#load(refusedToken);
        return await withRetries(load, ATTEMPTS, retrySeconds * 1000);
      } catch (error) {
        // Refused credentials have pauses of their own, which end when there are others.
        if (error instanceof TokenRequestError && !error.isRefusedCredential) {
          if (error.isTransient) this.#pause.begin(error, 1, 4);
          else this.#pause.begin(error, 4, 60);
        }
        throw error;
      }
    });
  }

  /** One that should have ended long ago was cut off with the request that began it, as edge runtimes do. */
  #currentFlight(): Flight | undefined {
    const { retrySeconds = 30, timeoutSeconds = 10 } = this.#options;
    const limitMs = (retrySeconds + 6 * timeoutSeconds) * 1000;
    const flight = this.#flight;
    return flight && performance.now() - flight.begunAt < limitMs ? flight : undefined;
  }

  #fly(load: () => Promise<HeldToken>): Flight {
    const flight: Flight = { token: load(), begunAt: performance.now() };
    this.#flight = flight;
    const land = (token?: HeldToken) => {
      if (this.#flight === flight) this.#flight = undefined;
      if (token) this.#hold(token);
    };
    flight.token.then(land, () => land());
    return flight;
  }

  #hold(token: HeldToken): void {
    this.#pause = new Pause();
    this.#nextRenewalAt = 0;
    this.#renewalShare = RENEWAL_SHARE + RENEWAL_JITTER * (2 * Math.random() - 1);
    this.#held = usableMs(token) > 0 ? token : undefined;
  }
}
