import { formEncode } from "../shared/basic-authorization.js";
import { failureReason } from "../shared/failure-reason.js";
import { isAccessToken } from "../shared/is-access-token.js";
import { belowIssuer } from "../shared/issuer-url.js";
import { parseJsonObject } from "../shared/json-object.js";
import { readText } from "../shared/response-text.js";
import { retryAfterSeconds } from "../shared/retry-after.js";
import { splitScope } from "../shared/scope.js";
import { assertSecure } from "../shared/secure-url.js";
import { type HeldToken, MAX_LIFE_MS } from "./held-token.js";
import type { TokenSourceOptions } from "./options.js";
import { TokenRequestError, type TokenRequestErrorDetails } from "./token-request-error.js";

const MAX_BODY_BYTES = 256 * 1024;

const CREDENTIAL_PARAMETERS = ["client_assertion", "assertion", "subject_token"];

type Answer = Readonly<Record<string, unknown>>;

export interface TokenEndpointRequest {
  form: URLSearchParams;
  headers: Headers;
  /** what the server's sentence must not repeat */
  secret: string;
  /** sees the response before its body is read */
  observe(response: Response): void;
}

/** The token endpoint (RFC 6749 section 3.2). */
export class TokenEndpoint {
  readonly url: URL;
  readonly #options: TokenSourceOptions;

  constructor(options: TokenSourceOptions) {
    const { issuer, tokenEndpoint = belowIssuer(issuer, "/oauth/token") } = options;
    this.url = new URL(tokenEndpoint);
    assertSecure(this.url, options.allowInsecureHttp);
    this.#options = options;
  }

  /** @throws TokenRequestError */
  async request(request: TokenEndpointRequest): Promise<HeldToken> {
    const { form, headers } = request;
    const requestedAt = Date.now();
    const requestedTick = performance.now();
    const answer = await this.#send(request);
    const { token_type: type, expires_in: expiresIn, scope } = answer;
    const { access_token: accessToken } = answer;
    if (!isAccessToken(accessToken)) {
      throw this.#problem("gave no usable access_token", 200);
    }
    const tokenType = headers.has("dpop") ? "DPoP" : "Bearer";
    if (typeof type !== "string" || type.toLowerCase() !== tokenType.toLowerCase()) {
      throw this.#problem(`gave a token whose token_type is not ${tokenType}`, 200);
    }
    const seconds = Number(expiresIn);
    return {
      accessToken,
      tokenType,
      // RFC 6749 section 5.1: the scopes of the request if the answer has none.
      scopes: splitScope(typeof scope === "string" ? scope : (form.get("scope") ?? "")),
      requestedAt,
      requestedTick,
      lifeMs: seconds > 0 ? Math.min(seconds * 1000, MAX_LIFE_MS) : undefined,
    };
  }

  async #send(request: TokenEndpointRequest): Promise<Answer> {
    const { form, headers, observe } = request;
    const { timeoutSeconds = 10, fetch = globalThis.fetch } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutSeconds * 1000);
    try {
      headers.set("accept", "application/json");
      const { signal } = timeout;
      // A redirect would carry the credentials to somebody else.
      const init = { method: "POST", body: form, headers, signal, redirect: "manual" } as const;
      const response = await fetch(this.url, init);
      observe(response);
      const text = await readText(response, MAX_BODY_BYTES);
      if (text === null) throw this.#problem("gave an answer that is too long", response.status);
      const answer = parseJsonObject(text) ?? {};
      if (response.status === 200) return answer;
      throw this.#refusal(response, answer, request);
    } catch (error) {
      if (error instanceof TokenRequestError) throw error;
      const problem = timeout.signal.aborted
        ? `did not answer within ${timeoutSeconds} s`
        : `is not reachable: ${failureReason(error)}`;
      throw this.#problem(problem);
    } finally {
      clearTimeout(timer);
    }
  }

  #refusal(response: Response, answer: Answer, request: TokenEndpointRequest) {
    const { error, error_description: description } = answer;
    const { status } = response;
    const textOf = (value: unknown) =>
      typeof value === "string" ? withoutCredentials(value, request) : undefined;
    return this.#problem(`answered ${status}`, status, {
      code: textOf(error),
      description: textOf(description),
      retryAfterSeconds: retryAfterSeconds(response),
    });
  }

  #problem(problem: string, status?: number, details: TokenRequestErrorDetails = {}) {
    const { origin, pathname } = this.url;
    return new TokenRequestError(`${origin}${pathname} ${problem}`, { ...details, status });
  }
}

/** Some servers repeat what they were sent. */
function withoutCredentials(text: string, { form, headers, secret }: TokenEndpointRequest) {
  const [, basic = ""] = (headers.get("authorization") ?? "").split(" ");
  const sent = CREDENTIAL_PARAMETERS.map((name) => form.get(name) ?? "");
  return [secret, formEncode(secret), basic, ...sent]
    .filter((credential) => credential !== "")
    .reduce((shown, credential) => shown.replaceAll(credential, "…"), text);
}
