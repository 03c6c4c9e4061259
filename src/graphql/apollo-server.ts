import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestListener } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyBaseLogger } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { locateArguments } from "./argument-path.js";
import { formatError } from "./error-formatter.js";
import { errorLog } from "./log-graphql-errors.js";
import { limitOperation, MAX_DOCUMENT_TOKENS } from "./operation-limits.js";
import { describeOperation } from "./operation-spans.js";
import { setRetryStatus } from "./retry-status.js";
import { costlyDocumentRule, replaceCostlyDocument } from "./unvalidated-document.js";

/** Configures Apollo Server: limits, error format and log. */
export function createApolloServer(
  schema: GraphQLSchema,
  log: FastifyBaseLogger,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    validationRules: [costlyDocumentRule],
    validationOptions: { maxErrors: 10 },
    // graphql-js prints the whole value for each error.
    executionOptions: { maxCoercionErrors: 1 },
    // Apollo Server logs errors with values of the request; errorLog omits them.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    plugins: [
      requestHooks(log),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
}

function requestHooks(log: FastifyBaseLogger): ApolloServerPlugin<RequestContext> {
  const logErrors = errorLog(log);
  const listener: GraphQLRequestListener<RequestContext> = {
    parsingDidStart: replaceCostlyDocument,
    didResolveOperation: async ({ schema, document, operation, request }) => {
      if (!operation) return;
      describeOperation(operation);
      limitOperation(schema, document, operation, request.variables ?? {});
    },
    didEncounterErrors: async (requestContext) => {
      await locateArguments(requestContext);
      await logErrors(requestContext);
    },
    willSendResponse: setRetryStatus,
  };
  return { requestDidStart: async () => listener };
}
