import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { refuseMethod } from "../http/allowed-methods.js";
import { describeRequestError, type RequestError } from "../http/request-errors.js";
import { toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import type { PublicOrigins } from "../trusted-auth/public-origins.js";
import { sendSandbox } from "./apollo-sandbox.js";
import { type CallerServices, requestContext } from "./authenticate-caller.js";
import { allowCrossOriginPages } from "./cors.js";
import { documentNestingProblem } from "./document-nesting.js";
import { type Explorer, type ExplorerOptions, HOSTED_SANDBOX_ORIGIN } from "./explorer.js";
import { sendGraphiql } from "./graphiql.js";
import { tracedOperation } from "./operation-spans.js";

export const GRAPHQL_PATH = "/graphql";

/** A query in a URL would put credentials into logs and caches. */
const POST_ONLY =
  "Send queries with POST: in a URL they would be logged and cached (urql: set preferGetMethod: false)";

const EXPLORER_IS_OFF =
  "The explorer is off here (EXPLORER=off): send queries with POST. The schema is at /schema.graphql";

export interface GraphqlEndpointOptions extends ExplorerOptions {
  /** Origins whose pages may send a Bearer token. */
  allowedOrigins: ReadonlySet<string>;
}

interface GraphqlEndpointServices extends CallerServices {
  trustedAuth: { publicOrigins: PublicOrigins };
}

/** Mounts the API, and the explorer for browsers unless it is off. */
export function graphqlEndpoint(
  apollo: ApolloServer<RequestContext>,
  services: GraphqlEndpointServices,
  options: GraphqlEndpointOptions,
): FastifyPluginAsync {
  const { explorer, allowedOrigins, allowsHostedSandbox } = options;
  const explorerOrigins = allowsHostedSandbox ? [HOSTED_SANDBOX_ORIGIN] : [];
  return async (app) => {
    app.setErrorHandler(sendGraphqlError);
    app.addHook("onRequest", (request, reply, done) => {
      reply.header("cache-control", "no-store");
      // RFC 9112 section 3.2. @as-integrations/fastify throws if the Host header makes no valid URL.
      const isValid = URL.canParse(`http://${request.hostname}`);
      done(isValid ? undefined : Object.assign(new Error("Invalid Host"), { statusCode: 400 }));
    });
    const { publicOrigins } = services.trustedAuth;
    allowCrossOriginPages(app, {
      authenticatingOrigins: new Set([...allowedOrigins, ...explorerOrigins]),
      publicOrigins,
    });
    const tokenOrigins = new Set(allowedOrigins);
    for (const origin of explorerOrigins) tokenOrigins.delete(origin);
    const handler = fastifyApolloHandler(apollo, {
      context: async (request) => requestContext(request, services, tokenOrigins),
    });
    app.post(
      "",
      { preHandler: [refuseDeepDocument, dropEmptyOperationName] },
      tracedOperation(handler),
    );
    const sendExplorer = explorer === "sandbox" ? sendSandbox : sendGraphiql(options);
    app.get("", { onRequest: refuseGet(explorer) }, sendExplorer);
  };
}

/** Apollo Server has no hook that could refuse a text before it is parsed. */
function refuseDeepDocument(
  { body }: FastifyRequest,
  _reply: FastifyReply,
  done: (problem?: Error) => void,
) {
  const { query } = (body ?? {}) as { query?: unknown };
  const problem = typeof query === "string" ? documentNestingProblem(query) : null;
  done(problem === null ? undefined : new CountersignError("GRAPHQL_VALIDATION_FAILED", problem));
}

/** Programs whose languages have no null, and editors such as Insomnia, send an empty name for none. */
function dropEmptyOperationName(
  { body }: FastifyRequest,
  _reply: FastifyReply,
  done: () => void,
): void {
  const request = (body ?? {}) as { operationName?: unknown };
  if (request.operationName === "") delete request.operationName;
  done();
}

/** Lets only browsers pass, and those only if there is an explorer. */
function refuseGet(explorer: Explorer) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const isBrowser = request.type(["application/json", "text/html"]) === "text/html";
    if (!isBrowser) refuseMethod(reply, ["POST"], POST_ONLY);
    if (explorer === "off") refuseMethod(reply, ["POST"], EXPLORER_IS_OFF);
    done();
  };
}

/** Gives errors before GraphQL execution the shape that GraphQL clients expect. */
function sendGraphqlError(
  error: RequestError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const failure = toServiceUnavailable(error);
  if (failure instanceof CountersignError) {
    const { code, message, details } = failure;
    const { retryAfterSeconds } = details;
    if (retryAfterSeconds === undefined) {
      return reply.code(400).send({ errors: [{ message, extensions: { code } }] });
    }
    return reply
      .code(503)
      .header("retry-after", retryAfterSeconds)
      .send({ errors: [{ message, extensions: { code, retryAfterSeconds } }] });
  }
  const { status, message } = describeRequestError(error);
  if (status >= 500) logError(request.log, error, { reqId: request.id });
  const code = status >= 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST";
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}
