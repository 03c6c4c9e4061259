import { hostname } from "node:os";
import accepts from "@fastify/accepts";
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Database } from "./database/open-database.js";
import { createApolloServer } from "./graphql/apollo-server.js";
import { countOperations } from "./graphql/count-operations.js";
import type { ExplorerOptions } from "./graphql/explorer.js";
import { EXPLORER_PATH, explorerFiles } from "./graphql/graphiql.js";
import { GRAPHQL_PATH, graphqlEndpoint } from "./graphql/graphql-endpoint.js";
import { HEALTH_PATHS, mountHealth } from "./health.js";
import { trackAllowedMethods } from "./http/allowed-methods.js";
import { refuseAmbiguousHost, toOriginForm } from "./http/authority.js";
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  connectionOptions,
  limitConnections,
} from "./http/connection-limits.js";
import { acceptJson } from "./http/json-body.js";
import { loggedPath } from "./http/logged-path.js";
import { sendProblem } from "./http/problem.js";
import { entityTagOf, servePublicDocuments } from "./http/public-documents.js";
import {
  describeRequestError,
  MAX_BODY_BYTES,
  NOT_FOUND,
  type RequestError,
} from "./http/request-errors.js";
import { traceRequests } from "./http/request-spans.js";
import type { TlsCertificate } from "./http/tls-certificate.js";
import { mountOAuth } from "./oauth/mount-oauth.js";
import { ProxyObserver } from "./observations/proxy-observer.js";
import { toServiceUnavailable } from "./persistence/database-errors.js";
import { buildSchema, printSortedSchema } from "./schema.js";
import type { Services } from "./services.js";
import { CountersignError } from "./shared/errors.js";
import { logError } from "./shared/log-error.js";
import { cleanLogFields } from "./shared/log-fields.js";
import { isTraced, traceFields } from "./shared/tracing.js";
import type { ShutdownState } from "./shutdown-state.js";

export interface ServerOptions extends ExplorerOptions {
  services: Services;
  database: Database;
  shutdownState: ShutdownState;
  /** Web origins whose pages may call `/graphql` with a Bearer token; none if absent. */
  allowedOrigins?: readonly string[];
  logLevel: string;
  /** Addresses or networks of the proxies whose X-Forwarded headers are trusted. */
  trustedProxies: readonly string[];
  connectionLimits?: Partial<ConnectionLimits>;
  /** Absent: the server speaks http. */
  tlsCertificate?: TlsCertificate | undefined;
  /** Receives log lines instead of standard output. */
  logStream?: { write(line: string): void };
}

/** Of every answer. */
const headersOf = ({ id }: FastifyRequest) => ({
  "x-request-id": id,
  // Browsers must not take an answer for something that its type does not say (Fetch standard section 3.6).
  "x-content-type-options": "nosniff",
});

const withTraceFields = (fields: object) => cleanLogFields({ ...fields, ...traceFields() });

/** Mounts the transports on one HTTP server. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { services, database, shutdownState, logLevel, logStream, trustedProxies, tlsCertificate } =
    options;
  const connectionLimits = { ...CONNECTION_LIMITS, ...options.connectionLimits };
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    ...connectionOptions(connectionLimits, tlsCertificate),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: "idle",
    // Requests that arrive during shutdown get their normal response.
    return503OnClosing: false,
    // Some libraries append `/.well-known/…` to an issuer that ends with a slash.
    routerOptions: { ignoreDuplicateSlashes: true },
    rewriteUrl: (request) =>
      withoutBasePath(toOriginForm(request), services.projectStore.publicPath),
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // For instance a URL that cannot be decoded. Fastify's own response would repeat the URL.
    frameworkErrors: (_error, request, reply) =>
      sendProblem(reply.headers(headersOf(request)), 400, "The request is malformed"),
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger for each request costs more than its log line, which names the request itself.
    childLoggerFactory: (logger) => logger,
    logger: {
      level: logLevel,
      formatters: { log: isTraced() ? withTraceFields : cleanLogFields },
      ...(logStream && { stream: logStream }),
    },
  });
  traceRequests(app, services.projectStore.publicUrl);
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(headersOf(request));
    done();
  });
  app.addHook("onRequest", refuseAmbiguousHost);
  app.addHook("onResponse", (request, reply, done) => {
    // The route and not the URL, whose query string may hold a secret.
    request.log.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        ...(reply.statusCode === 404 && { path: loggedPath(request.originalUrl) }),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
    services.metrics.httpRequest({
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
  limitConnections(app, connectionLimits);
  tlsCertificate?.follow(app, (problem) =>
    services.observations.record("TLS_FILES_REFUSED", hostname(), problem),
  );
  observeProxies(app, options);
  closeConnectionsOnShutdown(app, shutdownState);
  sendProblems(app);
  acceptJson(app);
  const refuseOtherMethods = trackAllowedMethods(app);
  await app.register(accepts);
  const schema = countOperations(buildSchema(services), services.metrics);
  const apollo = createApolloServer(schema, app.log);
  await apollo.start();
  const allowedOrigins = new Set(options.allowedOrigins);
  const graphql = graphqlEndpoint(apollo, services, { ...options, allowedOrigins });
  await app.register(graphql, { prefix: GRAPHQL_PATH });
  if (options.explorer === "graphiql") {
    await app.register(explorerFiles(options.explorerFolder), { prefix: EXPLORER_PATH });
  }
  await app.register(schemaDocument(printSortedSchema(schema)));
  app.get("/", async (_request, reply) =>
    reply.redirect(`${services.projectStore.publicPath}/graphql`),
  );
  mountHealth(app, database, services, shutdownState);
  await mountOAuth(app, services.oauth);
  refuseOtherMethods();
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

function observeProxies(
  app: FastifyInstance,
  { services: { observations, projectStore }, trustedProxies }: ServerOptions,
): void {
  const { publicUrl } = projectStore;
  const observer = new ProxyObserver(observations, { trustedProxies, publicUrl });
  app.addHook("onRequest", (request, _reply, done) => {
    const { raw, headers, host, routeOptions } = request;
    // Probes come from the balancer itself.
    if (!HEALTH_PATHS.includes(routeOptions.url ?? "")) {
      observer.observe({ peer: raw.socket.remoteAddress ?? "", headers, host });
    }
    done();
  });
}

/** Serves the schema to generators of typed clients. */
function schemaDocument(sdl: string): FastifyPluginAsync {
  const headers = { "cache-control": "no-cache", etag: entityTagOf(sdl) };
  return async (app) => {
    await servePublicDocuments(app);
    app.get("/schema.graphql", async (_request, reply) =>
      reply.type("text/plain; charset=utf-8").headers(headers).send(sdl),
    );
  };
}

/** Errors of paths whose transport has no error format of its own. */
function sendProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: RequestError, request, reply) => {
    const failure = toServiceUnavailable(error);
    if (failure instanceof CountersignError) {
      const { code, message, details } = failure;
      if (code !== "SERVICE_UNAVAILABLE") return sendProblem(reply, 400, message, { code });
      reply.header("retry-after", details.retryAfterSeconds);
      return sendProblem(reply, 503, message, { code });
    }
    const { status, message } = describeRequestError(error);
    if (status >= 500) logError(request.log, error, { reqId: request.id });
    return sendProblem(reply, status, message);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, NOT_FOUND.status, NOT_FOUND.message, { code: "NOT_FOUND" }),
  );
}
