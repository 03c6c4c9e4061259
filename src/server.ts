import { fastifyApolloHandler } from "@as-integrations/fastify";
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  LogController,
} from "fastify";
import type { Database } from "./database/open-database.js";
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
  /** Addresses or networks of the proxies whose X-Forwarded headers are trusted. */
  trustedProxies: readonly string[];
  /** Receives log lines instead of standard output. */
  logStream?: { write(line: string): void };
}

const MAX_BODY_BYTES = 512 * 1024;
/** Limits the time to receive a whole request, so that slow senders cannot hold connections. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Mounts the transports on one HTTP server. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { services, database, shutdownState, logLevel, logStream, trustedProxies } = options;
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: "idle",
    // Requests that arrive during shutdown get their normal response.
    return503OnClosing: false,
    // Some libraries append `/.well-known/…` to an issuer that ends with a slash.
    routerOptions: { ignoreDuplicateSlashes: true },
    rewriteUrl: ({ url = "/" }) => withoutBasePath(url, services.projectStore.publicPath),
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // For instance a URL that cannot be decoded. Fastify's own response would repeat the URL.
    frameworkErrors: (_error, _request, reply) => sendError(reply, 400),
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger for each request costs more than its log line, which names the request itself.
    childLoggerFactory: (logger) => logger,
    logger: { level: logLevel, ...(logStream && { stream: logStream }) },
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    // The route and not the URL, whose query string may hold a secret.
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
  app.get("/", async (_request, reply) =>
    reply.redirect(`${services.projectStore.publicPath}/graphql`),
  );
  mountHealth(app, database, services, shutdownState);
  await mountOAuth(app, services.oauth);
  return app;
}

/**
 * Removes the path of the public URL, below which everything is served; a proxy may remove it too. Where an
 * issuer's path comes after the well-known path (RFC 8414 section 3), so does the public URL's.
 */
function withoutBasePath(url: string, basePath: string): string {
  if (basePath === "") return url;
  const [wellKnown = ""] = /^\/\.well-known\/[^/?]+(?=\/)/.exec(url) ?? [];
  const rest = url.slice(wellKnown.length);
  const isBelow = rest.startsWith(basePath) && /^[/?]|^$/.test(rest.slice(basePath.length));
  if (!isBelow) return url;
  const path = rest.slice(basePath.length);
  return wellKnown + (path.startsWith("/") || wellKnown !== "" ? path : `/${path}`);
}

/** Otherwise a connection that is busy when the shutdown begins stays open and delays the shutdown. */
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
    // RFC 9112 section 3.2. @as-integrations/fastify throws if the Host header makes no valid URL.
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

/** Gives errors outside of GraphQL execution the shape that GraphQL clients expect. */
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
  const requestError = ERROR_MESSAGES.get(status);
  const message = requestError ?? "Internal server error";
  const code = requestError ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  const errors = [{ message, extensions: { code } }];
  return reply.code(requestError ? status : 500).send({ errors });
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
  [413, `The body must have at most ${MAX_BODY_BYTES} bytes`],
  [415, "The body must be application/json"],
]);
