import type { HeldToken } from "./held-token.js";
import type { TokenSourceOptions } from "./options.js";
import { assertSecure } from "./origins.js";
import { retryAfterSeconds } from "./retries.js";
import { TokenRequestError } from "./token-request-error.js";

const MAX_BODY_BYTES = 256 * 1024;
const MAX_LIFE_SECONDS = 365 * 86_400;
/** What RFC 6750 section 2.1 allows in a header, and what RFC 6749 appendix A.12 allows besides. */
const ACCESS_TOKEN = /^[\x21-\x7e]+$/;

type Answer = Readonly<Record<string, unknown>>;

/** The token endpoint (RFC 6749 section 3.2). */
export class TokenEndpoint {
  readonly url: URL;
  readonly #options: TokenSourceOptions;

  constructor(options: TokenSourceOptions) {
    const { issuer, tokenEndpoint = `${issuer.replace(/\/$/, "")}/oauth/token` } = options;
    this.url = new URL(tokenEndpoint);
    assertSecure(this.url, options.allowInsecureHttp);
    this.#options = options;
  }

  /**
   * @param observe sees the response before its body is read
   * @throws TokenRequestError
   */
  async request(
    form: URLSearchParams,
    headers: Headers,
    observe: (response: Response) => void,
  ): Promise<HeldToken> {
    const requestedAt = Date.now();
    const requestedTick = performance.now();
    const { status, answer } = await this.#send(form, headers, observe);
    const { token_type: type, expires_in: expiresIn, scope } = answer;
    const { access_token: accessToken } = answer;
    if (typeof accessToken !== "string" || !ACCESS_TOKEN.test(accessToken)) {
      throw this.#problem("gave no usable access_token", status);
    }
    const tokenType = headers.has("dpop") ? "DPoP" : "Bearer";
    if (typeof type !== "string" || type.toLowerCase() !== tokenType.toLowerCase()) {
      throw this.#problem(`gave a token whose token_type is not ${tokenType}`, status);
    }
    const seconds = Number(expiresIn);
    return {
      accessToken,
      tokenType,
      // RFC 6749 section 5.1: the scopes of the request if the answer has none.
      scopes: splitScopes(typeof scope === "string" ? scope : (form.get("scope") ?? "")),
      requestedAt,
      requestedTick,
      lifeMs: seconds > 0 ? Math.min(seconds, MAX_LIFE_SECONDS) * 1000 : undefined,
    };
  }

  async #send(form: URLSearchParams, headers: Headers, observe: (response: Response) => void) {
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
      const answer = parseObject(await readText(response));
      if (response.status === 200 && answer) return { status: 200, answer };
      throw this.#refusal(response, answer ?? {});
    } catch (error) {
      if (error instanceof TokenRequestError) throw error;
      const problem = timeout.signal.aborted
        ? `did not answer within ${timeoutSeconds} s`
        : "is not reachable";
      throw this.#problem(problem, undefined, error);
    } finally {
      clearTimeout(timer);
    }
  }

  #refusal(response: Response, { error, error_description: description }: Answer) {
    const { status } = response;
    return new TokenRequestError(`${this.url.href} answered ${status}`, {
      status,
      error: typeof error === "string" ? error : undefined,
      description: typeof description === "string" ? description : undefined,
      retryAfterSeconds: retryAfterSeconds(response),
    });
  }

  #problem(problem: string, status: number | undefined, cause?: unknown) {
    return new TokenRequestError(`${this.url.href} ${problem}`, { status, cause });
  }
}

/** @throws TypeError for a body that is too long */
async function readText({ body }: Response): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new TypeError("The answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The error of JSON.parse would quote the text, in which there may be a token. */
function parseObject(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function splitScopes(text: string): string[] {
  return text.split(" ").filter((scope) => scope !== "");
}
