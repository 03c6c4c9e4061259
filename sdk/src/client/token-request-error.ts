const TRANSIENT: ReadonlySet<number | undefined> = new Set([undefined, 429, 502, 503, 504]);
const MAX_DESCRIPTION_LENGTH = 500;

export interface TokenRequestErrorDetails {
  code?: string | undefined;
  description?: string | undefined;
  status?: number | undefined;
  retryAfterSeconds?: number | undefined;
}

/**
 * The token endpoint gave no token. The error contains neither secrets nor tokens, so it may be logged.
 *
 * @example
 * try {
 *   await tokens.getToken();
 * } catch (error) {
 *   if (error instanceof TokenRequestError && error.code === "invalid_scope") process.exit(1);
 *   throw error;
 * }
 */
export class TokenRequestError extends Error {
  override readonly name = "TokenRequestError";
  /** `error` of the answer (RFC 6749 section 5.2), such as `invalid_client`; absent: it has none. */
  readonly code: string | undefined;
  /** `error_description`: the server's own sentence, at most 500 characters of it. */
  readonly description: string | undefined;
  /** of the HTTP response; absent: there was none */
  readonly status: number | undefined;
  /** The server's `Retry-After`, at most ten minutes. Until then the source fails with this error, and asks nobody. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: string, details: TokenRequestErrorDetails = {}) {
    const code = oneLine(details.code);
    const description = oneLine(details.description);
    super([problem, code, description].filter(Boolean).join(": "));
    this.code = code;
    this.description = description;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether the same request may succeed later: no answer, 429, 502, 503 or 504. */
  get retryable(): boolean {
    return TRANSIENT.has(this.status);
  }
}

/** Whether the server refuses the client's credential. Auth0's format has no `invalid_client`. */
export function isRefusedCredential({ status, code }: TokenRequestError): boolean {
  return status === 401 || code === "invalid_client";
}

function oneLine(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_DESCRIPTION_LENGTH).replace(/\p{Cc}+/gu, " ");
}
