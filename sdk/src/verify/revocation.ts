import { clientBasicAuthorization } from "../shared/basic-authorization.js";
import { BoundedMap } from "../shared/bounded-map.js";
import { belowIssuer } from "../shared/issuer-url.js";
import { currentSecrets, type SecretSource } from "../shared/secret-source.js";
import { withinTimeout } from "../shared/within-timeout.js";
import { type Fetch, fetchJson, MAX_REQUEST_SECONDS, RequestFailed } from "./bounded-request.js";
import { refused } from "./token-refused.js";
import type { VerifiedAccessToken } from "./verified.js";

/** How a verifier asks the issuer whether a token has been revoked (RFC 7662). */
export interface RevocationOptions {
  /** The API's introspection client: `updateApi(input: { introspectionClientId })`. */
  clientId: string;
  /** Of several, the first is used. */
  clientSecret: SecretSource;
  /** For how long the answer that a token is active is remembered. Default: 30. */
  maxAgeSeconds?: number;
  /**
   * What happens to a token if the issuer does not answer. Default: `"refuse"`, with 503 `REVOCATION_UNAVAILABLE`.
   * `"accept"` trades safety for availability: whoever can keep the verifier from the issuer can use a revoked token. An
   * issuer that refuses the credentials does answer.
   */
  onUnavailable?: "refuse" | "accept";
}

const MAX_AGE_SECONDS = 30;
const MAX_ANSWERS = 10_000;
/** While the issuer does not answer, one question at a time finds out whether it does again. */
const RETRY_SECONDS = 1;
const PROBE_SECONDS = 15;

interface Answer {
  isActive: Promise<boolean>;
  expiresAt: number;
}

export interface RevocationChecksOptions extends RevocationOptions {
  issuer: string;
  fetch: Fetch | undefined;
  onFailure: (error: Error) => void;
}

/** Asks the introspection endpoint, and remembers its answers for a short time. */
export class RevocationChecks {
  /** by `jti` */
  readonly #answers = new BoundedMap<string, Answer>(MAX_ANSWERS);
  #failure: Error | null = null;
  #pausedUntil = 0;

  constructor(private readonly options: RevocationChecksOptions) {}

  /** @throws TokenRefused REVOKED, REVOCATION_UNAVAILABLE */
  async check(accessToken: string, { jti, expiresAt }: VerifiedAccessToken): Promise<void> {
    let isActive: boolean;
    try {
      const answer = this.#answer(accessToken, jti, expiresAt.getTime());
      isActive = await withinTimeout(answer, MAX_REQUEST_SECONDS);
    } catch (cause) {
      if (this.options.onUnavailable === "accept" && !isRefusal(cause)) return;
      throw refused("REVOCATION_UNAVAILABLE", undefined, { cause });
    }
    if (!isActive) throw refused("REVOKED");
  }

  #answer(accessToken: string, jti: string, tokenExpiresAt: number): Promise<boolean> {
    const known = this.#answers.get(jti);
    if (known && known.expiresAt > Date.now()) {
      this.#answers.set(jti, known);
      return known.isActive;
    }
    const answer: Answer = {
      isActive: this.#ask(accessToken),
      expiresAt: Date.now() + MAX_REQUEST_SECONDS * 1000,
    };
    this.#answers.set(jti, answer);
    answer.isActive.then(
      (isActive) => {
        const { maxAgeSeconds = MAX_AGE_SECONDS } = this.options;
        // A token that is no longer active stays so.
        answer.expiresAt = isActive ? Date.now() + maxAgeSeconds * 1000 : tokenExpiresAt;
      },
      () => {
        if (this.#answers.get(jti) === answer) this.#answers.delete(jti);
      },
    );
    return answer.isActive;
  }

  async #ask(accessToken: string): Promise<boolean> {
    const now = Date.now();
    const pauseMs = this.#pausedUntil - now;
    if (this.#failure && pauseMs > 0 && pauseMs < PROBE_SECONDS * 1000) throw this.#failure;
    this.#pausedUntil = now + PROBE_SECONDS * 1000 - 1;
    try {
      const isActive = await this.#introspect(accessToken);
      this.#failure = null;
      return isActive;
    } catch (error) {
      this.#failure = error as Error;
      this.#pausedUntil = Date.now() + RETRY_SECONDS * 1000;
      this.options.onFailure(this.#failure);
      throw error;
    }
  }

  async #introspect(token: string): Promise<boolean> {
    const { issuer, clientId, clientSecret, fetch } = this.options;
    const [secret] = await currentSecrets(clientSecret, "clientSecret");
    const authorization = clientBasicAuthorization(clientId, secret);
    const { json } = await fetchJson(fetch, belowIssuer(issuer, "/oauth/introspect"), {
      method: "POST",
      headers: { accept: "application/json", authorization },
      body: new URLSearchParams({ token }),
    });
    const { active } = Object(json) as Record<string, unknown>;
    if (typeof active !== "boolean") throw new Error("The answer is no introspection response");
    return active;
  }
}

/** Whether the question itself is refused, as with a wrong secret: that is a fault of the verifier's, and no outage. */
function isRefusal(error: unknown): boolean {
  const { status = 0 } = error instanceof RequestFailed ? error : {};
  return status >= 400 && status < 500 && status !== 429;
}
