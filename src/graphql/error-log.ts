import type { GraphQLRequestListener } from "@apollo/server";
import type { FastifyBaseLogger } from "fastify";
import type { RequestContext } from "../shared/current-caller.js";
import { withUnavailability } from "../shared/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logFailure } from "../shared/log-failure.js";
import { formatError, UNEXPECTED } from "./error-formatter.js";

type DidEncounterErrors = NonNullable<GraphQLRequestListener<RequestContext>["didEncounterErrors"]>;

/** What fails reaches the log by code, class and stack; never by message, which may quote values. */
export function errorLog(log: FastifyBaseLogger): DidEncounterErrors {
  return async ({ errors, contextValue, operationName }) => {
    for (const error of errors) {
      const facts = {
        reqId: contextValue.origin?.requestId,
        ipAddress: contextValue.origin?.ipAddress,
        operationName,
        path: error.path?.join("."),
      };
      const code = formatError(error.toJSON(), error).extensions?.["code"];
      const cause = error.originalError ?? error;
      const isAboutRequest =
        code !== UNEXPECTED && !(withUnavailability(cause) instanceof CountersignError);
      if (isAboutRequest) log.info({ ...facts, code }, "refused");
      else logFailure(log, cause, facts);
    }
  };
}
