import type { AddressInfo } from "node:net";
import { requireAccessToken } from "@countersign/sdk/express";
import { createVerifier, type Verifier } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import express, { type RequestHandler } from "express";
import {
  type AdapterServer,
  startAllServers,
  startExpress,
  startFastify,
} from "./adapter-servers.js";
import { ask, startIssuer } from "./token-requests.js";

describe("a proof of possession", () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  const started: AdapterServer[] = [];
  const use = async (starting: Promise<AdapterServer[]>) => {
    const others = await starting;
    started.push(...others);
    return others;
  };

  beforeAll(async () => {
    issuer = await startIssuer();
  });

  afterAll(async () => {
    await Promise.all([issuer.server, ...started].map((server) => server.stop()));
  });

  test("has an answer with a nonce for the next proof", async () => {
    const { audience, server, tokens, proof } = issuer;
    const verifyNonce = (nonce: string | undefined) => nonce === "now";
    const verifier = createVerifier({ issuer: server.issuer, audience, dpop: { verifyNonce } });
    for (const at of await use(startAllServers({ verifier, dpopNonce: () => "now" }))) {
      const headers = { authorization: `DPoP ${tokens.bound}` };
      const first = await ask(at, { headers: { ...headers, dpop: await proof(at) } });
      const nonce = first.headers.get("dpop-nonce");
      expect([first.status, first.error, nonce]).toEqual([401, "use_dpop_nonce", "now"]);
      const dpop = await proof(at, { nonce });
      expect((await ask(at, { headers: { ...headers, dpop } })).status).toBe(200);
    }
  });

  test("is judged with the certificate of the connection", async () => {
    const proofs: unknown[] = [];
    const verifier = issuer.verifier();
    const recording: Verifier = {
      ...verifier,
      verifyAccessToken: (token, options) => {
        proofs.push(options?.proof);
        return verifier.verifyAccessToken(token, options);
      },
    };
    const clientCertificate = () => "-----BEGIN CERTIFICATE-----";
    const setting = { verifier: recording, clientCertificate };
    for (const server of await use(startAllServers(setting))) {
      expect(
        (await ask(server, { headers: { authorization: `Bearer ${issuer.tokens.good}` } })).status,
      ).toBe(200);
      const headers = {
        authorization: `DPoP ${issuer.tokens.bound}`,
        dpop: await issuer.proof(server),
      };
      expect((await ask(server, { headers })).status).toBe(200);
      expect(proofs.splice(0)).toMatchObject([
        { clientCertificate: clientCertificate() },
        { clientCertificate: clientCertificate(), dpop: { url: server.url } },
      ]);
    }
  });

  const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "api.example.com" };
  const statusOf = async (server: AdapterServer, htu: string) => {
    const dpop = await issuer.proof(server, { htu });
    const headers = { ...forwarded, authorization: `DPoP ${issuer.tokens.bound}`, dpop };
    return (await ask(server, { headers })).status;
  };
  const PUBLIC = "https://api.example.com";

  test("is compared with the connection's URL, whatever X-Forwarded-Host says", async () => {
    for (const server of await use(startAllServers({ verifier: issuer.verifier() }))) {
      const { pathname } = new URL(server.url);
      expect(await statusOf(server, PUBLIC + pathname)).toBe(401);
      expect(await statusOf(server, server.url)).toBe(200);
    }
  });

  test("is compared with publicUrl, also where the proxy takes a part of the path away", async () => {
    for (const publicUrl of [PUBLIC, `${PUBLIC}/`, `${PUBLIC}/shop`]) {
      const setting = { verifier: issuer.verifier(), publicUrl };
      for (const server of await use(startAllServers(setting))) {
        const { pathname } = new URL(server.url);
        expect(await statusOf(server, publicUrl.replace(/\/$/, "") + pathname)).toBe(200);
        expect(await statusOf(server, server.url)).toBe(401);
      }
    }
  });

  test("is compared with the port in Express 4, whose request.host lacks it", async () => {
    const app = express().set("trust proxy", "loopback");
    const refuse = () => {
      throw new Error("request.host is deprecated");
    };
    Object.defineProperty(app.request, "host", { get: refuse });
    const middleware: RequestHandler = requireAccessToken({ verifier: issuer.verifier() });
    app.get("/orders", middleware, (_request, response) => void response.json({}));
    const listening = app.listen(0);
    const { port } = listening.address() as AddressInfo;
    const stop = async () => listening.close();
    const url = `http://localhost:${port}/orders`;
    const [server] = await use(Promise.resolve([{ name: "4", method: "GET", url, stop }]));
    const at = server as AdapterServer;
    const dpop = await issuer.proof(at, { htu: `${PUBLIC}:8443/orders` });
    const headers = { authorization: `DPoP ${issuer.tokens.bound}`, dpop };
    const host = { ...forwarded, "x-forwarded-host": "api.example.com:8443, inner.example.com" };
    expect((await ask(at, { headers: { ...host, ...headers } })).status).toBe(200);
  });

  test("is of no host that begins with the API's, whatever the request line says", async () => {
    for (const start of [startExpress, startFastify]) {
      const [server] = await use(start({ verifier: issuer.verifier() }).then((s) => [s]));
      const at = server as AdapterServer;
      const { pathname } = new URL(at.url);
      const dpop = await issuer.proof(at, { htu: `http://api.examplehttp//any${pathname}` });
      const headers = { host: "api.example", authorization: `DPoP ${issuer.tokens.bound}`, dpop };
      const target = `http://any${pathname}`;
      expect((await ask(at, { headers, target })).error).toBe("invalid_dpop_proof");
    }
  });

  test("is compared with what proxies say that Express and Fastify trust", async () => {
    for (const start of [startExpress, startFastify]) {
      for (const [proxy, trusted] of [
        ["loopback", true],
        ["192.0.2.1", false],
      ] as const) {
        const [server] = await use(start({ verifier: issuer.verifier() }, proxy).then((s) => [s]));
        const at = server as AdapterServer;
        expect(await statusOf(at, `${PUBLIC}/orders`)).toBe(trusted ? 200 : 401);
        expect(await statusOf(at, at.url)).toBe(trusted ? 401 : 200);
      }
    }
  });
});
