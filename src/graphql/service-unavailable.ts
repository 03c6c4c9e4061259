import type { GraphQLRequestListener } from "@apollo/server";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ErrorCode } from "../shared/error-codes.js";

type WillSendResponse = NonNullable<GraphQLRequestListener<RequestContext>["willSendResponse"]>;

const UNAVAILABLE: ErrorCode = "SERVICE_UNAVAILABLE";

/** Sets status 503 and Retry-After for proxies and HTTP clients that do not read GraphQL errors. */
export const setUnavailableStatus: WillSendResponse = async ({ response: { body, http } }) => {
  if (body.kind !== "single") return;
  const error = body.singleResult.errors?.find(
    ({ extensions }) => extensions?.["code"] === UNAVAILABLE,
  );
  if (!error) return;
  http.status = 503;
  http.headers.set("retry-after", String(error.extensions?.["retryAfterSeconds"]));
};
