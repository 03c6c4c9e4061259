import type { GraphQLRequestListener } from "@apollo/server";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ErrorCode } from "../shared/errors.js";

type WillSendResponse = NonNullable<GraphQLRequestListener<RequestContext>["willSendResponse"]>;

const UNAVAILABLE: ErrorCode = "SERVICE_UNAVAILABLE";

/** Proxies and HTTP clients, which do not look into errors, see by the status that they may try again. */
export const setUnavailableStatus: WillSendResponse = async ({ response: { body, http } }) => {
  if (body.kind !== "single") return;
  const error = body.singleResult.errors?.find(
    ({ extensions }) => extensions?.["code"] === UNAVAILABLE,
  );
  if (!error) return;
  http.status = 503;
  http.headers.set("retry-after", String(error.extensions?.["retryAfterSeconds"]));
};
