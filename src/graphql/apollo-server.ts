import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestListener } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { FastifyBaseLogger } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { locateArguments } from "./argument-path.js";
import { documentSizeRule } from "./document-size.rule.js";
import { formatError } from "./error-formatter.js";
import { errorLog } from "./log-graphql-errors.js";
import { limitOperation, MAX_DOCUMENT_TOKENS } from "./operation-limits.js";
import { SANDBOX_DOCUMENT } from "./sandbox-document.js";
import { setUnavailableStatus } from "./service-unavailable.js";

/** Configures Apollo Server: limits, error format, log and landing page. */
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
    validationRules: [documentSizeRule],
    validationOptions: { maxErrors: 10 },
    executionOptions: { maxCoercionErrors: 10 },
    // Apollo Server logs errors with values of the request; errorLog omits them.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    plugins: [
      requestHooks(log),
      ApolloServerPluginLandingPageLocalDefault({
        includeCookies: false,
        document: SANDBOX_DOCUMENT,
        headers: { authorization: "Basic <base64 of project_id:secret>" },
        embed: {
          runTelemetry: false,
          endpointIsEditable: false,
          initialState: { pollForSchemaUpdates: false },
        },
      }),
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
    didResolveOperation: limitOperation,
    didEncounterErrors: async (requestContext) => {
      await locateArguments(requestContext);
      await logErrors(requestContext);
    },
    willSendResponse: setUnavailableStatus,
  };
  return { requestDidStart: async () => listener };
}
