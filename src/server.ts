import { fastifyApolloHandler } from "@as-integrations/fastify";
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  LogController,
} from "fastify";
import type { Database } from "./database/data-source.js";
import { createApolloServer } from "./graphql/apollo-server.js";
import { requestContext } from "./graphql/authenticate-caller.js";
import { allowPublicOrigins, GRAPHQL_PATH } from "./graphql/cors.js";
import { mountHealth } from "./health.js";
import { mountOAuth } from "./oauth/mount-oauth.js";
import { toServiceUnavailable } from "./persistence/database-errors.js";
import { buildSchema, printSortedSchema } from "./schema.js";
import type { Services } from "./services.js";
import { CountersignError } from "./shared/errors.js";
import { logError } from "./shared/log-error.js";
import type { ShutdownState } from "./shutdown-state.js";

export interface ServerOptions {
  services: Services;
  database: Database;
  shutdownState: ShutdownState;
  logLevel: string;
  /** Addresses of proxies whose X-Forwarded headers count. */
  trustedProxies: readonly string[];
  /** Where log lines go; standard output if absent. */
  logStream?: { write(line: string): void };
}

const MAX_BODY_BYTES = 512 * 1024;
/** To receive a whole request: nobody holds a connection with half of one. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Mounts the transports on one HTTP server. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { services, database, shutdownState, logLevel, logStream, trustedProxies } = options;
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: "idle",
    // What comes while it closes is answered like what came before.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // such as a URL that cannot be decoded: Fastify's own answer would repeat it
    frameworkErrors: (_error, _request, reply) => sendError(reply, 400),
    logController: new LogController({ disableRequestLogging: true }),
    // One for each request would cost more than its line: lines name the request themselves.
    childLoggerFactory: (logger) => logger,
    logger: { level: logLevel, ...(logStream && { stream: logStream }) },
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    // Not the URL as it came: a query string may hold anything.
    request.log.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
    done();
  });
  closeConnectionsOnShutdown(app, shutdownState);
  useGraphqlErrorFormat(app);
  const schema = buildSchema(services);
  const sdl = printSortedSchema(schema);
  const apollo = createApolloServer(schema, app.log);
  await apollo.start();
  await app.register(graphqlPlugin(apollo, services), { prefix: GRAPHQL_PATH });
  app.get("/schema.graphql", async (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send(sdl),
  );
  app.get("/", async (_request, reply) => reply.redirect("/graphql"));
  mountHealth(app, database, services, shutdownState);
  await mountOAuth(app, services.oauth);
  return app;
}

/** Otherwise a connection that was busy when the stop began is kept alive, and the stop waits for it. */
function closeConnectionsOnShutdown(app: FastifyInstance, shutdownState: ShutdownState): void {
  app.addHook("preClose", async () => shutdownState.startDraining());
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (shutdownState.closesConnections) reply.header("connection", "close");
    done();
  });
}

function graphqlPlugin(
  apollo: ReturnType<typeof createApolloServer>,
  services: Services,
): FastifyPluginAsync {
  return async (app) => {
    // RFC 9112 section 3.2; @as-integrations/fastify makes a URL of the Host, and would fail
    app.addHook("onRequest", (request, reply, done) => {
      if (URL.canParse(`http://${request.hostname}`)) done();
      else sendError(reply, 400);
    });
    allowPublicOrigins(app, services.trustedAuth.publicOrigins);
    app.route({
      url: "",
      method: ["GET", "POST"],
      handler: fastifyApolloHandler(apollo, {
        context: async (request) => requestContext(request, services),
      }),
    });
  };
}

/** What Fastify refuses before GraphQL sees it has the shape that GraphQL clients expect. */
function useGraphqlErrorFormat(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logError(request.log, error, { reqId: request.id });
    const failure = toServiceUnavailable(error);
    return failure instanceof CountersignError
      ? sendServiceUnavailable(reply, failure)
      : sendError(reply, status);
  });
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404));
}

function sendError(reply: FastifyReply, status: number): FastifyReply {
  const known = ERROR_MESSAGES.get(status);
  const message = known ?? "Internal server error";
  const code = known ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  return reply.code(known ? status : 500).send({ errors: [{ message, extensions: { code } }] });
}

function sendServiceUnavailable(reply: FastifyReply, failure: CountersignError): FastifyReply {
  const { code, message, details } = failure;
  const { retryAfterSeconds } = details;
  return reply
    .code(503)
    .header("retry-after", retryAfterSeconds)
    .send({ errors: [{ message, extensions: { code, retryAfterSeconds } }] });
}

const ERROR_MESSAGES: ReadonlyMap<number, string> = new Map([
  [400, "The request is malformed"],
  [404, "Not found"],
  [413, `The body may have at most ${MAX_BODY_BYTES} bytes`],
  [415, "The body must be application/json"],
]);
