import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "../shared/current-caller.js";
import { withUnavailability } from "../shared/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logFailure } from "../shared/log-failure.js";
import { complexityPlugin } from "./complexity.plugin.js";
import { depthRule } from "./depth.rule.js";
import { formatError, UNEXPECTED } from "./error-formatter.js";
import { guardedOperationsRule } from "./guarded-operations.rule.js";
import { introspectionRule } from "./introspection.rule.js";
import { SANDBOX_DOCUMENT } from "./sandbox-document.js";
import { stringifyResult } from "./stringify-result.js";
import { unavailabilityPlugin } from "./unavailability.plugin.js";

export function createApolloServer(
  schema: GraphQLSchema,
  app: FastifyInstance,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError,
    stringifyResult,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: 1000 },
    maxRecursiveSelections: 1000,
    validationOptions: { maxErrors: 10 },
    executionOptions: { maxCoercionErrors: 10 },
    validationRules: [guardedOperationsRule, depthRule, introspectionRule],
    // Apollo logs what goes wrong with the values of the request; our log hook does not.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    plugins: [
      fastifyApolloDrainPlugin(app),
      complexityPlugin,
      unavailabilityPlugin,
      errorLog(app),
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

/** What fails reaches the log by code, class and stack; never by message, which may quote values. */
function errorLog(app: FastifyInstance): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue, operationName }) {
          for (const error of errors) {
            const facts = {
              reqId: contextValue.origin?.requestId,
              operationName,
              path: error.path?.join("."),
            };
            const code = formatError(error.toJSON(), error).extensions?.["code"];
            const cause = error.originalError ?? error;
            const isAboutRequest =
              code !== UNEXPECTED && !(withUnavailability(cause) instanceof CountersignError);
            if (isAboutRequest) app.log.info({ ...facts, code }, "refused");
            else logFailure(app.log, cause, facts);
          }
        },
      };
    },
  };
}
