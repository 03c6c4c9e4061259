import * as ofExpress from "@countersign/sdk/express";
import * as ofFastify from "@countersign/sdk/fastify";
import * as ofGraphql from "@countersign/sdk/graphql";
import * as ofHono from "@countersign/sdk/hono";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { corsHeaders } from "../../support/cross-origin.js";
import { freePort } from "../../support/live-server.js";

const RESOURCE = {
  resource: "https://api.example.com/shop:1/orders",
  issuer: "https://auth.example.com",
  scopes: ["orders:read"],
  metadata: { resource_name: "Orders" },
};
const PATH = "/.well-known/oauth-protected-resource/shop:1/orders";

describe("metadata of a protected resource", () => {
  const origins: Record<string, string> = {};
  const stops: (() => unknown)[] = [];

  beforeAll(async () => {
    const port = async (name: string) => {
      const free = await freePort();
      origins[name] = `http://localhost:${free}`;
      return free;
    };
    const app = express();
    app.use(ofExpress.protectedResourceMetadata(RESOURCE));
    app.use((_request, response) => void response.status(404).json({}));
    const ofExpressApp = app.listen(await port("express"));
    stops.push(() => ofExpressApp.close());

    const fastify = Fastify({ forceCloseConnections: true });
    fastify.register(ofFastify.protectedResourceMetadata(RESOURCE));
    await fastify.listen({ port: await port("fastify") });
    stops.push(() => fastify.close());

    const hono = new Hono();
    hono.use(ofHono.protectedResourceMetadata(RESOURCE));
    const ofHonoApp = serve({ fetch: hono.fetch, port: await port("hono") });
    stops.push(() => ofHonoApp.close());

    const { respond } = ofGraphql.protectedResourceMetadata(RESOURCE);
    const fetchHandler = new Hono();
    fetchHandler.all("*", (c) => respond(c.req.raw) ?? c.notFound());
    const ofFetch = serve({ fetch: fetchHandler.fetch, port: await port("graphql") });
    stops.push(() => ofFetch.close());
  });

  afterAll(() => Promise.all(stops.map((stop) => stop())));

  test("is served by each adapter, to pages of every origin", async () => {
    for (const [name, origin] of Object.entries(origins)) {
      const answer = await fetch(`${origin}${PATH}?cache=1`);
      expect([name, answer.status, answer.headers.get("cache-control")]).toEqual([
        name,
        200,
        "public, max-age=300",
      ]);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(corsHeaders(answer)).toMatchObject({ "access-control-allow-origin": "*" });
      expect(await answer.json()).toEqual({
        resource: RESOURCE.resource,
        authorization_servers: [RESOURCE.issuer],
        scopes_supported: ["orders:read"],
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"],
        resource_name: "Orders",
      });
      const head = await fetch(origin + PATH, { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      const preflight = await fetch(origin + PATH, {
        method: "OPTIONS",
        headers: {
          origin: "https://inspector.example.com",
          "access-control-request-method": "GET",
          "access-control-request-headers": "mcp-protocol-version",
        },
      });
      expect([preflight.status, corsHeaders(preflight)]).toEqual([
        204,
        {
          "access-control-allow-origin": "*",
          "access-control-allow-methods": "GET, HEAD",
          "access-control-allow-headers": "*",
        },
      ]);
    }
  });

  test("is no answer to other paths and methods", async () => {
    for (const [name, origin] of Object.entries(origins)) {
      for (const [method, path] of [
        ["POST", PATH],
        ["GET", `${PATH}/`],
        ["GET", "/.well-known/oauth-protected-resource"],
      ] as const) {
        const { status } = await fetch(origin + path, { method });
        expect([name, method, path, status]).toEqual([name, method, path, 404]);
      }
    }
  });

  test.each([
    ["https://api.example.com", "https://api.example.com/.well-known/oauth-protected-resource"],
    ["https://api.example.com/", "https://api.example.com/.well-known/oauth-protected-resource"],
    [
      "https://api.example.com/mcp",
      "https://api.example.com/.well-known/oauth-protected-resource/mcp",
    ],
    [
      "https://api.example.com/mcp/",
      "https://api.example.com/.well-known/oauth-protected-resource/mcp/",
    ],
    [
      "https://api.example.com/?shop=1",
      "https://api.example.com/.well-known/oauth-protected-resource?shop=1",
    ],
    [
      "http://localhost:3000/a b",
      "http://localhost:3000/.well-known/oauth-protected-resource/a%20b",
    ],
  ])("of %s is at %s (RFC 9728 section 3.1)", (resource, url) => {
    const protectedResource = { ...RESOURCE, resource };
    for (const { protectedResourceMetadata } of [ofExpress, ofFastify, ofHono, ofGraphql]) {
      expect(protectedResourceMetadata(protectedResource).url).toBe(url);
    }
  });

  test("is of a URL without a fragment, and of an issuer", () => {
    for (const changes of [
      { resource: "orders" },
      { resource: "https://api.example.com/#orders" },
      { resource: "urn:orders" },
      { issuer: "auth.example.com" },
    ]) {
      const make = () => ofHono.protectedResourceMetadata({ ...RESOURCE, ...changes });
      expect(make).toThrow(TypeError);
    }
  });
});
