import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import express from "express";
import { auth, requiredScopes } from "express-oauth2-jwt-bearer";
import { decodeJwt } from "jose";
import type { TokenProfileName } from "../../src/projects/project.entity.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { type Credentials, createClient } from "../support/operations.js";
import { type ApiView, createApi, grantApi } from "./api-operations.js";

const CLOCK_TOLERANCE_SECONDS = 5;
const HOUR_SECONDS = 3600;

const PROFILES: readonly [TokenProfileName, { strict: boolean }][] = [
  ["DEFAULT", { strict: false }],
  ["RFC9068", { strict: true }],
  ["AUTH0", { strict: false }],
];

describe("express-oauth2-jwt-bearer", () => {
  let server: LiveServer;
  let client: Credentials;
  /** Offset of the authorization server's clock from the resource server's. */
  let offsetSeconds = 0;

  beforeAll(async () => {
    const clock = { now: () => new Date(Date.now() + offsetSeconds * 1000) };
    server = await startLiveServer({ clock });
    client = await createClient(server.operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const tokenFor = async (api: ApiView, scope: string): Promise<string> => {
    const { clientId, clientSecret } = client;
    const response = await fetch(`${server.issuer}/oauth/token`, {
      method: "POST",
      headers: { authorization: basicAuthorization(clientId, clientSecret) },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        audience: api.identifier,
        scope,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  };

  describe.each(PROFILES)("protecting an API with %s tokens", (tokenProfile, { strict }) => {
    let api: ApiView;
    let resourceServer: Server;

    beforeAll(async () => {
      api = await createApi(server.operator, { tokenProfile });
      await grantApi(server.operator, client.clientId, api);
      resourceServer = await serveInvoices(server.issuer, api.identifier, strict);
    });

    afterAll(async () => {
      resourceServer.closeAllConnections();
      await new Promise((resolve) => resourceServer.close(resolve));
    });

    const read = async (token: string) => {
      const { port } = resourceServer.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: response.status, challenge: response.headers.get("www-authenticate") ?? "" };
    };

    test("accepts a valid token", async () => {
      const token = await tokenFor(api, "read:invoices");
      expect(await read(token)).toEqual({ status: 200, challenge: "" });
    });

    test("rejects a token without the required scope", async () => {
      const { status, challenge } = await read(await tokenFor(api, "write:invoices"));
      expect(status).toBe(403);
      expect(challenge).toContain('error="insufficient_scope"');
    });

    test("rejects a token for another audience", async () => {
      const other = await createApi(server.operator, { tokenProfile });
      await grantApi(server.operator, client.clientId, other);
      const { status, challenge } = await read(await tokenFor(other, "read:invoices"));
      expect(status).toBe(401);
      expect(challenge).toContain("Unexpected 'aud' value");
    });

    test("rejects an expired token", async () => {
      offsetSeconds = -(HOUR_SECONDS + CLOCK_TOLERANCE_SECONDS + 1);
      const token = await tokenFor(api, "read:invoices").finally(() => {
        offsetSeconds = 0;
      });
      expect(decodeJwt(token).exp).toBeLessThan(Date.now() / 1000);
      const { status, challenge } = await read(token);
      expect(status).toBe(401);
      expect(challenge).toMatch(/error="invalid_token", error_description=".*exp/);
    });

    test("rejects a token with a tampered signature", async () => {
      const [header, payload, signature = ""] = (await tokenFor(api, "read:invoices")).split(".");
      const forged = signature.startsWith("A")
        ? `B${signature.slice(1)}`
        : `A${signature.slice(1)}`;
      const { status } = await read([header, payload, forged].join("."));
      expect(status).toBe(401);
    });
  });

  test("rejects a token without the form of RFC 9068 in strict mode", async () => {
    const api = await createApi(server.operator);
    await grantApi(server.operator, client.clientId, api);
    const resourceServer = await serveInvoices(server.issuer, api.identifier, true);
    const { port } = resourceServer.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
      headers: { authorization: `Bearer ${await tokenFor(api, "read:invoices")}` },
    });
    expect(response.headers.get("www-authenticate")).toContain("Unexpected 'typ' value");
    resourceServer.closeAllConnections();
    await new Promise((resolve) => resourceServer.close(resolve));
  });

  test.each(["PS256", "ES256", "EdDSA"])("accepts a token signed with %s", async (algorithm) => {
    const api = await createApi(server.operator, {
      signingAlgorithm: algorithm.toUpperCase(),
      force: true,
    });
    await grantApi(server.operator, client.clientId, api);
    const resourceServer = await serveInvoices(server.issuer, api.identifier, false);
    const { port } = resourceServer.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
      headers: { authorization: `Bearer ${await tokenFor(api, "read:invoices")}` },
    });
    expect(response.status).toBe(200);
    resourceServer.closeAllConnections();
    await new Promise((resolve) => resourceServer.close(resolve));
  });
});

/** Starts a resource server that is configured with the issuer's URL and its own audience only. */
async function serveInvoices(
  issuerBaseURL: string,
  audience: string,
  strict: boolean,
): Promise<Server> {
  const app = express();
  // This keeps Express's error handler from writing to the terminal.
  app.set("env", "test");
  app.use(auth({ issuerBaseURL, audience, strict }));
  app.get("/invoices", requiredScopes("read:invoices"), (_request, response) => {
    response.json([]);
  });
  return new Promise((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
}
