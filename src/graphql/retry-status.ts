import type { GraphQLRequestListener } from "@apollo/server";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ErrorCode } from "../shared/error-codes.js";

type WillSendResponse = NonNullable<GraphQLRequestListener<RequestContext>["willSendResponse"]>;

const UNAVAILABLE: ErrorCode = "SERVICE_UNAVAILABLE";
const RATE_LIMITED: ErrorCode = "RATE_LIMITED";

/**
 * Sets status 503 or 429 and Retry-After for proxies and HTTP clients that do not read GraphQL errors. Where rate
 * limits refuse a part, or one of several mutations has been answered, the answer stays 200: whoever repeats the whole
 * request would repeat that too (ADR 0038).
 */
export const setRetryStatus: WillSendResponse = async ({ operation, response: { body, http } }) => {
  if (body.kind !== "single" || !body.singleResult.errors) return;
  const { errors, data } = body.singleResult;
  const errorOf = (code: ErrorCode) =>
    errors.find(({ extensions }) => extensions?.["code"] === code);
  const isAnsweredInPart = Object.values(data ?? {}).some((field) => field !== null);
  // An error below a root field makes it null although its resolver has done its work.
  const isDoneInPart = isAnsweredInPart || errors.some(({ path = [] }) => path.length > 1);
  const isRepeatable = !isAnsweredInPart || operation?.operation === "query";
  const unavailable = isRepeatable ? errorOf(UNAVAILABLE) : undefined;
  const error = unavailable ?? (isDoneInPart ? undefined : errorOf(RATE_LIMITED));
  if (!error) return;
  http.status = unavailable ? 503 : 429;
  http.headers.set("retry-after", String(error.extensions?.["retryAfterSeconds"]));
};
