import type { GraphQLRequestListener } from "@apollo/server";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ErrorCode } from "../shared/error-codes.js";

type WillSendResponse = NonNullable<GraphQLRequestListener<RequestContext>["willSendResponse"]>;

const UNAVAILABLE: ErrorCode = "SERVICE_UNAVAILABLE";
const RATE_LIMITED: ErrorCode = "RATE_LIMITED";

/**
 * Sets status 503 or 429 and Retry-After for proxies and HTTP clients that do not read GraphQL errors. An answer of
 * which rate limits refuse a part stays 200: whoever repeats the whole request would repeat what has been done.
 */
export const setRetryStatus: WillSendResponse = async ({ response: { body, http } }) => {
  if (body.kind !== "single") return;
  const { errors, data } = body.singleResult;
  const errorOf = (code: ErrorCode) =>
    errors?.find(({ extensions }) => extensions?.["code"] === code);
  const isAnswered = Object.values(data ?? {}).some((field) => field !== null);
  const unavailable = errorOf(UNAVAILABLE);
  const error = unavailable ?? (isAnswered ? undefined : errorOf(RATE_LIMITED));
  if (!error) return;
  http.status = unavailable ? 503 : 429;
  http.headers.set("retry-after", String(error.extensions?.["retryAfterSeconds"]));
};
