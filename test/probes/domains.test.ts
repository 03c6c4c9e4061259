import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { AllowedHosts } from "../../src/key-sets/allowed-hosts.js";
import { domainProblem } from "../../src/probes/domain-probe.js";
import { type TlsKeyServers, tlsKeyServers } from "../support/tls-key-server.js";

const HOST = "auth.example.com";
const NOW = new Date();

describe("a domain as the world sees it", () => {
  const trusted = tls.getCACertificates("default");
  let servers: TlsKeyServers;

  beforeAll(() => {
    servers = tlsKeyServers();
    const authority = readFileSync(servers.authority.certificateFile, "utf8");
    // As NODE_EXTRA_CA_CERTS does at the start of a process.
    tls.setDefaultCACertificates([...trusted, authority]);
  });

  afterAll(() => {
    tls.setDefaultCACertificates(trusted);
    servers.stop();
  });

  const serving =
    (metadata: object, keys: object[] = [{ kid: "current" }], status = 200): RequestListener =>
    (request, response) => {
      const isKeySet = request.url?.endsWith("jwks.json");
      const base = `https://${request.headers.host}`;
      const document = isKeySet
        ? { keys }
        : { issuer: `${base}/`, jwks_uri: `${base}/.well-known/jwks.json`, ...metadata };
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(document));
    };
  const options = {
    policy: { allowInsecure: false, allowedHosts: AllowedHosts.parse("127.0.0.0/8") },
    resolve: ((host: string, _options: object, callback: (...answer: unknown[]) => void) => {
      const code = "ENOTFOUND";
      if (host === HOST) callback(null, [{ address: "127.0.0.1", family: 4 }]);
      else callback(Object.assign(new Error(code), { code }), []);
    }) as never,
    timeoutMs: 2_000,
  };
  const problemOf = (port: number | string, now = NOW, changes: object = {}) =>
    domainProblem({ issuer: `https://${HOST}:${port}/`, kids: ["current"] }, now, {
      ...options,
      ...changes,
    });
  const problemAt = async (
    listener: RequestListener,
    { host = `DNS:${HOST}`, days = 90, now = NOW } = {},
  ) => problemOf(await servers.start(host, listener, { days }), now);

  test("is right", async () => {
    expect(await problemAt(serving({}))).toBeNull();
  });

  test.each<[string, () => Promise<string | null>, RegExp]>([
    [
      "a proxy that changes the host",
      () => problemAt(serving({ issuer: "https://other.example.com/" })),
      /^answers as the issuer https:\/\/other/,
    ],
    [
      "a key set without the key that signs",
      () => problemAt(serving({}, [{ kid: "former" }])),
      /^serves a key set without the key that signs/,
    ],
    ["an error of the proxy", () => problemAt(serving({}, [], 502)), /^answers with status 502/],
    [
      "another site",
      () => problemAt((_request, response) => void response.end("<html>")),
      /^serves something else/,
    ],
    [
      "a certificate for another host",
      () => problemAt(serving({}), { host: "DNS:other.example.com" }),
      /certificate for another host/,
    ],
    [
      "a certificate that has expired",
      () => problemAt(serving({}), { days: -1 }),
      /certificate that has expired/,
    ],
    [
      "a certificate that has not been renewed",
      () => problemAt(serving({}), { days: 10, now: new Date(NOW.getTime() + 9 * 86_400_000) }),
      /certificate that ends at .* not been renewed/,
    ],
    ["nothing that listens", () => problemOf(1), /^refuses connections$/],
    [
      "a name without an address",
      () => domainProblem({ issuer: "https://gone.example.com", kids: [] }, NOW, options),
      /^does not resolve/,
    ],
  ])("%s", async (_name, problem, sentence) => {
    expect(await problem()).toMatch(sentence);
  });

  test("an authority that is not trusted", async () => {
    const port = await servers.start(`DNS:${HOST}`, serving({}));
    tls.setDefaultCACertificates(trusted);
    try {
      expect(await problemOf(port)).toMatch(/^presents a certificate/);
    } finally {
      const authority = readFileSync(servers.authority.certificateFile, "utf8");
      tls.setDefaultCACertificates([...trusted, authority]);
    }
  });

  test("is left alone at a private address that nobody has allowed", async () => {
    const policy = { allowInsecure: false, allowedHosts: AllowedHosts.NONE };
    expect(await problemOf(1, NOW, { policy })).toBeNull();
  });
});
