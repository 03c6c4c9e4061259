import { transientErrorCode } from "../persistence/database-errors.js";
import type { ErrorCode } from "./error-codes.js";
import { CountersignError } from "./errors.js";
import { InternalError } from "./internal-error.js";
import { looksRandom } from "./random-looking.js";
import { serializeError } from "./serialize-error.js";
import { errorType, noteErrorType } from "./tracing.js";

interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const MAX_LOGGED_SCOPES = 10;

/** Logs why a request failed, with the details that the response omits. The span of the request gets the code. */
export function logError(log: Log, error: unknown, fields: object = {}): void {
  noteErrorType(errorType(error));
  const databaseCode = transientErrorCode(error);
  if (databaseCode !== null) {
    const code: ErrorCode = "SERVICE_UNAVAILABLE";
    log.error(
      { ...fields, code, database: databaseCode, error: serializeError(error) },
      "database unavailable",
    );
    return;
  }
  if (!(error instanceof CountersignError)) {
    log.error({ ...fields, error: serializeError(error) }, "unexpected failure");
    return;
  }
  log.info({ ...fields, ...errorFields(error) }, "refused");
}

function errorFields({ code, details, explanation, cause }: CountersignError): object {
  const { reason, claim, denial, tokenRefusal, rateLimit, target, deniedScopes, path } = details;
  const fields = {
    code,
    reason,
    claim,
    explanation,
    refusal: denial ?? tokenRefusal,
    limit: rateLimit,
    profileId: details.profileId,
    clientId: details.clientId ?? target?.clientId,
    // An audience without a grant is one that exists.
    audience: denial === "NO_GRANT" ? target?.audience : masked(target?.audience) || undefined,
    scopes: deniedScopes?.slice(0, MAX_LOGGED_SCOPES).map(masked).join(" "),
    argument: path?.join("."),
  };
  if (cause === undefined) return fields;
  const serializedCause =
    cause instanceof CountersignError ? errorFields(cause) : withoutStack(cause);
  return { ...fields, cause: serializedCause };
}

/** A secret in the wrong parameter must not reach the log. */
function masked(text: string | undefined): string | undefined {
  return text !== undefined && looksRandom(text) ? "…" : text;
}

/** A refusal is expected: where the code noticed it says nothing. */
function withoutStack(error: unknown): object {
  const serialized = { ...serializeError(error), stack: undefined };
  const { cause } = Object(error) as { cause?: unknown };
  return cause instanceof InternalError
    ? { ...serialized, cause: withoutStack(cause) }
    : serialized;
}
