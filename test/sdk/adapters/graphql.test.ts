import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { requireAccessToken as ofExpress } from "@countersign/sdk/express";
import { requireAccessToken as ofFastify } from "@countersign/sdk/fastify";
import {
  type AccessTokenContext,
  type OptionalContext,
  requireAccessToken,
  requireScopes,
  requireSession,
  type SessionContext,
} from "@countersign/sdk/graphql";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import express from "express";
import Fastify, { type FastifyRequest } from "fastify";
import { buildSchema } from "graphql";
import { createHandler } from "graphql-http/lib/use/express";
import { type AdapterServer, startApollo, startYoga } from "./adapter-servers.js";
import { ask, send, startIssuer } from "./token-requests.js";

const typeDefs = "type Query { open: String client: String refunds: String }";
const resolvers = {
  Query: {
    open: () => "everybody",
    client: requireScopes(
      ["orders:read"],
      (_parent: unknown, _args: unknown, { accessToken }) => accessToken.clientId,
    ),
    refunds: requireScopes(["orders:read", "orders:refund"], () => "refunds"),
  },
};
const query = JSON.stringify({ query: "{ open client refunds }" });

describe("GraphQL servers", () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  const stops: (() => unknown)[] = [];

  beforeAll(async () => {
    issuer = await startIssuer();
    stops.push(() => issuer.server.stop());
  });

  afterAll(() => Promise.all(stops.map((stop) => stop())));

  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  async function start<Context extends OptionalContext>(
    authenticate: (request: import("node:http").IncomingMessage) => Promise<Context>,
  ): Promise<AdapterServer> {
    const server = new ApolloServer<Context>({ typeDefs, resolvers });
    const { url } = await startStandaloneServer(server, {
      listen: { port: 0 },
      context: ({ req }) => authenticate(req),
    });
    stops.push(() => server.stop());
    return { name: "apollo", method: "POST", url, body: query, stop: () => server.stop() };
  }
  const codes = ({
    errors = [],
  }: {
    errors?: { path: string[]; extensions: { code: string } }[];
  }) => Object.fromEntries(errors.map(({ path, extensions }) => [path.join("."), extensions.code]));

  test("answer a refused token by its status, its challenge and a code", async () => {
    const { audience, tokens, verifier } = issuer;
    const challenge = (error: string) => `Bearer realm="${audience}", error="${error}"`;
    const cases = [
      [{}, 401, `Bearer realm="${audience}", scope=`, "UNAUTHENTICATED"],
      [bearer(tokens.expired), 401, challenge("invalid_token"), "UNAUTHENTICATED"],
      [bearer(tokens.ofAnotherScope), 403, challenge("insufficient_scope"), "FORBIDDEN"],
    ] as const;
    for (const start of [startApollo, startYoga]) {
      const server = await start({ verifier: verifier() });
      stops.push(server.stop);
      for (const [sent, status, begin, code] of cases) {
        const answer = await ask(server, sent);
        expect([server.name, answer.status]).toEqual([server.name, status]);
        expect(answer.headers.get("www-authenticate")?.startsWith(begin)).toBe(true);
        expect(answer.headers.get("cache-control")).toBe("no-store");
        const [error] = answer.body.errors;
        const { stacktrace, ...extensions } = error.extensions;
        expect(extensions).toEqual({ code });
        expect(JSON.stringify(answer.body)).not.toContain(tokens.expired);
      }
    }
  });

  test("refuse single fields and answer the others", async () => {
    const { clientId, tokens, verifier } = issuer;
    const server = await start(requireAccessToken({ verifier: verifier() }));
    const { status, headers, body } = await ask(server, bearer(tokens.good));
    expect([status, headers.get("www-authenticate")]).toEqual([200, null]);
    expect(body.data).toEqual({ open: "everybody", client: clientId, refunds: null });
    expect(codes(body)).toEqual({ refunds: "FORBIDDEN" });
    expect(body.errors[0].message).toBe(
      "The field needs an access token with the scopes orders:read orders:refund",
    );
    expect((await ask(server, bearer(tokens.further))).body).toEqual({
      data: { open: "everybody", client: clientId, refunds: "refunds" },
    });
  });

  test("serve what is open without a token, and never with a wrong one", async () => {
    const { tokens, verifier } = issuer;
    const server = await start(requireAccessToken({ verifier: verifier(), optional: true }));
    const { status, body } = await ask(server, {});
    expect([status, body.data.open]).toEqual([200, "everybody"]);
    expect(codes(body)).toEqual({ client: "UNAUTHENTICATED", refunds: "UNAUTHENTICATED" });
    expect((await ask(server, bearer(tokens.expired))).status).toBe(401);
  });

  test("tell a session from an access token", async () => {
    const { tokens, verifier } = issuer;
    const either = await start(requireAccessToken({ verifier: verifier(), sessions: true }));
    const { body } = await ask(either, bearer(tokens.session));
    expect(codes(body)).toEqual({ client: "FORBIDDEN", refunds: "FORBIDDEN" });
    expect((await ask(either, {})).status).toBe(401);
    const members = await start(requireSession({ verifier: verifier() }));
    expect((await ask(members, bearer(tokens.session))).body.data.open).toBe("everybody");
    expect((await ask(members, bearer(tokens.good))).status).toBe(401);
  });

  test("behind middleware of Express verify a proof once, as graphql-http", async () => {
    const { clientId, tokens, proof } = issuer;
    const verifier = issuer.verifier();
    const authenticate = requireAccessToken({ verifier });
    const schema = buildSchema("type Query { client: String }");
    const rootValue = {
      client: (_args: unknown, { accessToken }: AccessTokenContext) => accessToken.clientId,
    };
    const app = express();
    app.use(
      "/graphql",
      ofExpress({ verifier }),
      createHandler({
        schema,
        rootValue,
        context: async ({ raw }) => ({ ...(await authenticate(raw)) }),
      }),
    );
    const server = app.listen(0);
    stops.push(() => server.close());
    const address = server.address();
    const port = address && typeof address === "object" ? address.port : 0;
    const url = `http://localhost:${port}/graphql`;
    const body = JSON.stringify({ query: "{ client }" });
    const dpop = await proof({ method: "POST", url });
    const headers = { authorization: `DPoP ${tokens.bound}`, dpop };
    const sent = { method: "POST", headers, body };
    expect((await send(url, sent)).body).toEqual({ data: { client: clientId } });
    expect((await send(url, sent)).status).toBe(401);
  });

  test("behind Fastify's hook verify a proof once, and know its proxies", async () => {
    const { clientId, tokens, proof } = issuer;
    const verifier = issuer.verifier();
    const authenticate = requireAccessToken({ verifier });
    const apollo = new ApolloServer<AccessTokenContext>({ typeDefs, resolvers });
    await apollo.start();
    stops.push(() => apollo.stop());
    const app = Fastify({ trustProxy: "loopback", forceCloseConnections: true });
    stops.push(() => app.close());
    const context = (request: FastifyRequest) => authenticate(request);
    app.post(
      "/hooked",
      { onRequest: ofFastify({ verifier }) },
      fastifyApolloHandler(apollo, { context }),
    );
    app.post("/graphql", fastifyApolloHandler(apollo, { context }));
    const origin = await app.listen({ port: 0 });
    const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "api.example.com" };
    for (const path of ["/hooked", "/graphql"]) {
      const htu = `https://api.example.com${path}`;
      const dpop = await proof({ method: "POST", url: htu });
      const headers = { ...forwarded, authorization: `DPoP ${tokens.bound}`, dpop };
      const sent = { method: "POST", headers, body: query };
      expect((await send(origin + path, sent)).body.data.client).toBe(clientId);
      expect((await send(origin + path, sent)).status).toBe(401);
      const twice = { authorization: [`Bearer ${tokens.good}`, `Bearer ${tokens.good}`] };
      expect((await send(origin + path, { ...sent, headers: twice })).status).toBe(400);
    }
  });

  test("know from the requirement what the context has", () => {
    const verifier = issuer.verifier();
    type Of<Authenticate extends (request: never) => unknown> = Awaited<ReturnType<Authenticate>>;
    const [strict, open, either] = [
      requireAccessToken({ verifier, scopes: ["orders:read"] }),
      requireAccessToken({ verifier, optional: true }),
      requireAccessToken({ verifier, sessions: true }),
    ];
    const session = requireSession({ verifier });
    const contexts = {
      strict: (context: Of<typeof strict>): AccessTokenContext => context,
      session: (context: Of<typeof session>): SessionContext => context,
      // @ts-expect-error there may be none
      open: (context: Of<typeof open>): AccessTokenContext => context,
      // @ts-expect-error there may be a session in its place
      either: (context: Of<typeof either>): AccessTokenContext => context,
    };
    expect(Object.keys(contexts)).toHaveLength(4);
  });
});
