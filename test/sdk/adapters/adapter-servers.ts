import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import * as ofExpress from "@countersign/sdk/express";
import * as ofFastify from "@countersign/sdk/fastify";
import * as ofGraphql from "@countersign/sdk/graphql";
import * as ofHono from "@countersign/sdk/hono";
import type { TokenRefused, Verifier } from "@countersign/sdk/verify";
import { type ServerType, serve } from "@hono/node-server";
import express, { type ErrorRequestHandler } from "express";
import Fastify from "fastify";
import { createSchema, createYoga } from "graphql-yoga";
import { Hono } from "hono";

export const SCOPE = "orders:read";
export const FURTHER_SCOPE = "orders:refund";
/** Of an error that is no answer to a token. */
export const BROKEN = "connection string with a password";

/** What is the same for every route of a server. */
export interface Setting {
  verifier: Verifier;
  /** In place of SCOPE. */
  scopes?: string[];
  publicUrl?: string;
  resourceMetadata?: string;
  dpopNonce?: () => string;
  clientCertificate?: () => string;
  onRefusal?: (refusal: TokenRefused) => void;
}

export interface AdapterServer {
  name: string;
  /** Method and URL of what needs SCOPE. */
  method: "GET" | "POST";
  url: string;
  /** Absent: the server has the routes of REST. */
  body?: string;
  stop(): Promise<unknown>;
}

const broken = { verifyAccessToken: () => Promise.reject(new Error(BROKEN)) } as never as Verifier;

/**
 * `/orders` needs SCOPE, `/orders/refunds` FURTHER_SCOPE on top, by a requirement of its own. `/public` takes requests
 * without a token, `/profile` sessions, `/either` sessions or access tokens; the verifier of `/broken` fails.
 */
export async function startRestServers(setting: Setting): Promise<AdapterServer[]> {
  const servers = [startExpress(setting), startFastify(setting), startHono(setting)];
  return Promise.all(servers);
}

/** REST, and two GraphQL servers that need SCOPE for every request. */
export async function startAllServers(setting: Setting): Promise<AdapterServer[]> {
  const rest = await startRestServers(setting);
  return [...rest, await startApollo(setting), await startYoga(setting)];
}

export async function startExpress(setting: Setting, trustProxy?: string): Promise<AdapterServer> {
  const { requireAccessToken, requireSession } = ofExpress;
  const app = express();
  if (trustProxy) app.set("trust proxy", trustProxy);
  const orders = express.Router();
  orders.use(requireAccessToken({ scopes: [SCOPE], ...setting }));
  orders.get("/", (request, response) => {
    response.json({ client: request.accessToken?.clientId });
  });
  const refunds = requireAccessToken({ ...setting, scopes: [FURTHER_SCOPE] });
  orders.get("/refunds", refunds, (request, response) => {
    response.json({ client: request.accessToken?.clientId });
  });
  app.use("/orders", orders);
  const answer: express.RequestHandler = ({ accessToken, memberSession }, response) => {
    response.json({
      client: accessToken?.clientId ?? null,
      member: memberSession?.memberId ?? null,
    });
  };
  app.get("/public", requireAccessToken({ ...setting, optional: true }), answer);
  app.get("/profile", requireSession(ofSessions(setting)), answer);
  app.get("/either", requireAccessToken({ scopes: [SCOPE], ...setting, sessions: true }), answer);
  app.get("/broken", requireAccessToken({ verifier: broken }), answer);
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).json({ handled: error.message === BROKEN });
  };
  app.use(onError);
  const server = app.listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  return restServer("express", server);
}

/** What has no meaning for sessions is refused. */
function ofSessions({ scopes, clientCertificate, ...setting }: Setting) {
  return setting;
}

export async function startFastify(setting: Setting, trustProxy?: string): Promise<AdapterServer> {
  const { requireAccessToken, requireSession } = ofFastify;
  const app = Fastify({ ...(trustProxy && { trustProxy }), forceCloseConnections: true });
  app.register(
    (orders, _options, done) => {
      orders.addHook("onRequest", requireAccessToken({ scopes: [SCOPE], ...setting }));
      orders.get("/", async ({ accessToken }) => ({ client: accessToken?.clientId }));
      const preHandler = requireAccessToken({ ...setting, scopes: [FURTHER_SCOPE] });
      orders.get("/refunds", { preHandler }, async ({ accessToken }) => ({
        client: accessToken?.clientId,
      }));
      done();
    },
    { prefix: "/orders" },
  );
  const routes = {
    "/public": requireAccessToken({ ...setting, optional: true }),
    "/profile": requireSession(ofSessions(setting)),
    "/either": requireAccessToken({ scopes: [SCOPE], ...setting, sessions: true }),
    "/broken": requireAccessToken({ verifier: broken }),
  };
  for (const [path, onRequest] of Object.entries(routes)) {
    app.get(path, { onRequest }, async ({ accessToken, memberSession }) => ({
      client: accessToken?.clientId ?? null,
      member: memberSession?.memberId ?? null,
    }));
  }
  app.setErrorHandler<Error>((error, _request, reply) =>
    reply.code(500).send({ handled: error.message === BROKEN }),
  );
  await app.listen({ port: 0 });
  return { ...restServer("fastify", app.server), stop: () => app.close() };
}

export async function startHono(setting: Setting): Promise<AdapterServer> {
  const { requireAccessToken, requireSession } = ofHono;
  const app = new Hono();
  const orders = new Hono();
  orders.use(requireAccessToken({ scopes: [SCOPE], ...setting }));
  orders.get("/", (c) => c.json({ client: c.get("accessToken")?.clientId }));
  const refunds = requireAccessToken({ ...setting, scopes: [FURTHER_SCOPE] });
  orders.get("/refunds", refunds, (c) => c.json({ client: c.get("accessToken")?.clientId }));
  app.route("/orders", orders);
  const routes = {
    "/public": requireAccessToken({ ...setting, optional: true }),
    "/profile": requireSession(ofSessions(setting)),
    "/either": requireAccessToken({ scopes: [SCOPE], ...setting, sessions: true }),
    "/broken": requireAccessToken({ verifier: broken }),
  };
  for (const [path, middleware] of Object.entries(routes)) {
    app.get(path, middleware, (c) =>
      c.json({
        client: c.get("accessToken")?.clientId ?? null,
        member: c.get("memberSession")?.memberId ?? null,
      }),
    );
  }
  app.onError((error, c) => c.json({ handled: error.message === BROKEN }, 500));
  const server = await new Promise<ServerType>((resolve) => {
    const starting = serve({ fetch: app.fetch, port: 0 }, () => resolve(starting));
  });
  return restServer("hono", server as Server);
}

const typeDefs = "type Query { client: String }";
type Context = ofGraphql.AccessTokenContext;
const client = (_parent: unknown, _args: unknown, { accessToken }: Context) => accessToken.clientId;
const resolvers = { Query: { client } };
const GRAPHQL = { method: "POST", body: JSON.stringify({ query: "{ client }" }) } as const;

export async function startApollo(setting: Setting): Promise<AdapterServer> {
  const authenticate = ofGraphql.requireAccessToken({ scopes: [SCOPE], ...setting });
  const server = new ApolloServer<Context>({ typeDefs, resolvers });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0 },
    context: ({ req }) => authenticate(req),
  });
  return { name: "apollo", ...GRAPHQL, url, stop: () => server.stop() };
}

export async function startYoga(setting: Setting): Promise<AdapterServer> {
  const authenticate = ofGraphql.requireAccessToken({ scopes: [SCOPE], ...setting });
  const yoga = createYoga({
    schema: createSchema<Context>({ typeDefs, resolvers }),
    context: ({ request }) => authenticate(request),
    logging: false,
  });
  const server = createServer(yoga);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}/graphql`;
  return { name: "yoga", ...GRAPHQL, url, stop: () => closed(server) };
}

function restServer(name: string, server: Server): AdapterServer {
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}/orders`;
  return { name, method: "GET", url, stop: () => closed(server) };
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
