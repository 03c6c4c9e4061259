import { harmless } from "../shared/hook.js";
import { withinTimeout } from "../shared/within-timeout.js";
import { type HeldToken, isOlderThan, usableMs } from "./held-token.js";
import type { TokenSourceOptions } from "./options.js";
import { Pause, withRetries } from "./retries.js";
import { isRefusedCredential, TokenRequestError } from "./token-request-error.js";

const RENEWAL_SHARE = 0.75;
const RENEWAL_JITTER = 0.05;
const REPLACEMENT_PAUSE_MS = 10_000;

type Options = Pick<
  TokenSourceOptions,
  "retrySeconds" | "timeoutSeconds" | "onRenewalFailure" | "waitUntil"
>;

interface Flight {
  token: Promise<HeldToken>;
  begunAt: number;
  isRenewal: boolean;
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
    if (held && usableMs(held) > 0) {
      const isRefused = held.accessToken === refusedToken;
      if (!isRefused) this.#renewIfDue(held);
      // An API that refuses every token must not make a request of each of its answers.
      const isPausing = performance.now() - this.#replacedAt < REPLACEMENT_PAUSE_MS;
      if (!isRefused || (isPausing && !this.#currentFlight())) return held;
      this.#replacedAt = performance.now();
    }
    const flight = this.#currentFlight();
    const renewed = flight?.isRenewal && (await flight.token.catch(() => undefined));
    return renewed || (this.#currentFlight() ?? this.#request(refusedToken)).token;
  }

  #renewIfDue(held: HeldToken): void {
    if (!isOlderThan(held, this.#renewalShare) || this.#currentFlight()) return;
    const now = performance.now();
    if (now < this.#nextRenewalAt) return;
    const { onRenewalFailure } = this.#options;
    const { token } = this.#fly(this.#load(held.accessToken), true);
    token.catch((error: unknown) => {
      const retryAfter = error instanceof TokenRequestError ? (error.retryAfterSeconds ?? 0) : 0;
      // Half of what is left: few attempts while there is time, more as the end comes near.
      const halfMs = usableMs(held) * (0.4 + 0.2 * Math.random());
      const leastMs = (held.lifeMs ?? 0) / 100;
      this.#nextRenewalAt = now + Math.max(halfMs, leastMs, retryAfter * 1000);
      harmless(onRenewalFailure)(error);
    });
  }

  #request(refusedToken: string | undefined): Flight {
    if (!this.#pause.isOver) throw this.#pause.error;
    const { retrySeconds = 30 } = this.#options;
    const load = () => this.#load(refusedToken);
    const token = withRetries(load, retrySeconds * 1000);
    return this.#fly(
      token.catch((error: unknown) => {
        // Refused credentials have pauses of their own, which end when there are others.
        if (error instanceof TokenRequestError && !isRefusedCredential(error)) {
          if (error.retryable) this.#pause.begin(error, 1, 4);
          else this.#pause.begin(error, 4, 60);
        }
        throw error;
      }),
      false,
    );
  }

  /** One that should have ended long ago was cut off with the request that began it, as edge runtimes do. */
  #currentFlight(): Flight | undefined {
    const flight = this.#flight;
    const limitMs = this.#maxFlightSeconds * 1000;
    return flight && performance.now() - flight.begunAt < limitMs ? flight : undefined;
  }

  get #maxFlightSeconds(): number {
    const { retrySeconds = 30, timeoutSeconds = 10 } = this.#options;
    return retrySeconds + 6 * timeoutSeconds;
  }

  #fly(loaded: Promise<HeldToken>, isRenewal: boolean): Flight {
    const token = withinTimeout(loaded, this.#maxFlightSeconds);
    const flight: Flight = { token, begunAt: performance.now(), isRenewal };
    this.#flight = flight;
    const land = (landed?: HeldToken) => {
      if (this.#flight === flight) this.#flight = undefined;
      if (landed) this.#hold(landed);
    };
    // Others may wait for it when the request that has begun it is over.
    harmless(this.#options.waitUntil)(token.then(land, () => land()));
    return flight;
  }

  #hold(token: HeldToken): void {
    this.#pause = new Pause();
    this.#nextRenewalAt = 0;
    this.#renewalShare = RENEWAL_SHARE + RENEWAL_JITTER * (2 * Math.random() - 1);
    this.#held = usableMs(token) > 0 ? token : undefined;
  }
}
