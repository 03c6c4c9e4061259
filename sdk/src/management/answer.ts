import {
  CountersignError,
  type CountersignErrorCode,
  type CountersignErrorDetails,
} from "./countersign-error.js";
import type { GraphqlAnswer } from "./graphql-request.js";
import { ServerUnreachable } from "./server-unreachable.js";

export interface Result {
  /** Null where nothing was executed. */
  data: Record<string, unknown> | null;
  errors: CountersignError[];
}

/** What a status means when a proxy answers, or anything else that knows no GraphQL. */
const CODES: Record<number, CountersignErrorCode> = {
  400: "BAD_REQUEST",
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  413: "BAD_REQUEST",
  429: "RATE_LIMITED",
  500: "INTERNAL_SERVER_ERROR",
};

const RETRYABLE: ReadonlySet<CountersignErrorCode> = new Set<CountersignErrorCode>([
  "RATE_LIMITED",
  "SERVICE_UNAVAILABLE",
]);

/**
 * Data and errors of an answer.
 * @throws CountersignError for a status without GraphQL errors, ServerUnreachable for what is no answer of GraphQL
 */
export function readAnswer(answer: GraphqlAnswer, operation: string, attempts: number): Result {
  const { endpoint, status, body } = answer;
  const about = { operation, status, attempts };
  const data = (body?.["data"] ?? null) as Result["data"];
  const listed = body?.["errors"];
  if (Array.isArray(listed) && listed.length > 0) {
    return { data, errors: listed.map((error) => toError(error, answer, about)) };
  }
  if (status === 200 && data !== null) return { data, errors: [] };
  const code = CODES[status] ?? (status > 500 ? "SERVICE_UNAVAILABLE" : undefined);
  if (code) throw toError({ extensions: { code } }, answer, about);
  const message =
    status >= 300 && status < 400
      ? `${endpoint} redirects: give the URL that it redirects to`
      : `${endpoint} answers with status ${status} and no GraphQL`;
  throw new ServerUnreachable("UNREADABLE_ANSWER", message, { operation, attempts, sent: true });
}

type About = Pick<CountersignErrorDetails, "operation" | "status" | "attempts">;

function toError(error: unknown, answer: GraphqlAnswer, about: About): CountersignError {
  const { message, path, extensions } = Object(error) as Record<string, unknown>;
  const {
    code: given,
    path: argument,
    reason,
    claim,
    retryAfterSeconds,
  } = Object(extensions) as Record<string, unknown>;
  const code = (
    typeof given === "string" ? given : "INTERNAL_SERVER_ERROR"
  ) as CountersignErrorCode;
  const isRetryable = RETRYABLE.has(code);
  const details = {
    ...about,
    retryable: isRetryable,
    ...(Array.isArray(argument) && { path: argument }),
    ...(Array.isArray(path) && { responsePath: path }),
    ...(typeof reason === "string" && { reason }),
    ...(typeof claim === "string" && { claim }),
    ...(isRetryable && {
      retryAfterSeconds:
        typeof retryAfterSeconds === "number" ? retryAfterSeconds : (answer.retryAfterSeconds ?? 1),
    }),
  } as CountersignErrorDetails;
  const text =
    typeof message === "string"
      ? message
      : `${answer.endpoint} answers with status ${answer.status}`;
  return new CountersignError(code, text, details);
}
