import type { GraphQLRequestListener } from "@apollo/server";
import type { FastifyBaseLogger } from "fastify";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { formatError, UNEXPECTED_ERROR_CODE } from "./error-formatter.js";
import { failOperation } from "./operation-spans.js";

type DidEncounterErrors = NonNullable<GraphQLRequestListener<RequestContext>["didEncounterErrors"]>;

/**
 * Logs unexpected errors by class and stack, and refusals by code and reason. Messages may contain values, so the
 * log omits them.
 */
export function errorLog(log: FastifyBaseLogger): DidEncounterErrors {
  return async ({ errors, contextValue, operationName }) => {
    for (const error of errors) {
      const fields = {
        reqId: contextValue.source?.requestId,
        ipAddress: contextValue.source?.ipAddress,
        operationName,
        path: error.path?.join("."),
      };
      const code = formatError(error.toJSON(), error).extensions?.["code"];
      failOperation(code);
      const cause = error.originalError ?? error;
      const isRequestError =
        code !== UNEXPECTED_ERROR_CODE &&
        !(toServiceUnavailable(cause) instanceof CountersignError);
      if (isRequestError) log.info({ ...fields, code }, "refused");
      else logError(log, cause, fields);
    }
  };
}
