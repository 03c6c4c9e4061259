import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type TlsKeyServers, tlsKeyServers } from "../support/tls-key-server.js";
import { ATTEST_SESSION, createProfile, testProfile } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const GENERIC = "The profile's key set cannot be fetched, or has no usable key";

describe("why a key set cannot be used", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let keyServer: Server;
  let tlsServers: TlsKeyServers;
  let port: number;
  const otherServers = new Set<ReturnType<typeof createTcpServer>>();
  let requests: number;
  let answer: RequestListener;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator)).organizationId;
    await createMember(operator, organizationId);
    keyServer = createServer((request, response) => {
      requests++;
      answer(request, response);
    });
    keyServer.listen(0, "127.0.0.1");
    await once(keyServer, "listening");
    port = (keyServer.address() as AddressInfo).port;
    tlsServers = tlsKeyServers();
  });

  beforeEach(() => {
    requests = 0;
    answer = send(keySet());
    server.clock.advance(61);
  });

  afterAll(async () => {
    keyServer.closeAllConnections();
    keyServer.close();
    for (const other of otherServers) other.close();
    tlsServers.stop();
    await server.stop();
  });

  const keySet = () => ({ keys: [{ ...issuer.jwk, kid: "one", use: "sig" }] });
  const send =
    (body: unknown, headers: Record<string, string> = {}, status = 200): RequestListener =>
    (_request, response) => {
      const isRaw = typeof body === "string" || Buffer.isBuffer(body);
      response.writeHead(status, headers).end(isRaw ? body : JSON.stringify(body));
    };
  const urlOf = (path = "/marker-path") => `http://127.0.0.1:${port}${path}`;
  const profileAt = (jwksUrl: string, settings: object = {}) =>
    createProfile(operator, { keys: { jwksUrl }, ...settings });
  /** What `testProfile` says of the key set, and `attestSession` to a management key. */
  const problemOf = async (profileId: string, header: Record<string, unknown> = { kid: "one" }) => {
    const token = await issuer.token({}, header);
    const from = server.logs().length;
    const refusal = await operator.failure(ATTEST_SESSION, {
      input: { profileId, token, organizationId },
    });
    const logged = server.logs().slice(from);
    const result = await testProfile(operator, { profileId, token });
    const [failed] = result.checks.filter(({ status }) => status === "FAILED");
    expect(failed).toMatchObject({ check: "KEY", message: refusal.message });
    expect(logged).toContain(refusal.message.slice(0, 40));
    expect(refusal.message).not.toMatch(/127\.0\.0\.1|marker/);
    return { message: refusal.message, ...refusal.extensions, logged };
  };

  test.each<[string, () => RequestListener, RegExp]>([
    ["a status", () => send("marker", {}, 404), /^The key set's server answers with status 404$/],
    ["a firewall", () => send("marker", {}, 403), /answers with status 403$/],
    [
      "a redirect",
      () => send("", { location: "https://marker.example/jwks" }, 301),
      /redirects \(status 301\): give the URL that it leads to$/,
    ],
    ["a long body", () => send("x".repeat(300_000)), /is longer than 256 KiB$/],
    ["a page", () => send("<html>marker</html>"), /^The answer at the key set's URL is not JSON$/],
    ["an empty body", () => send(""), /is not JSON$/],
    ["other JSON", () => send({ marker: "-----BEGIN CERTIFICATE-----" }), /but not a JWK Set: /],
    ["null", () => send(null), /but not a JWK Set: /],
    ["keys that are no objects", () => send({ keys: ["marker"] }), /but not a JWK Set: /],
    ["a single key", () => send(issuer.jwk), /is a single JWK, but not a JWK Set: /],
    [
      "the issuer's metadata",
      () => send({ issuer: "marker", jwks_uri: "https://marker.example/jwks" }),
      /is that of the issuer's metadata: give the URL in its jwks_uri$/,
    ],
    [
      "an unknown encoding",
      () => send(keySet(), { "content-encoding": "marker" }),
      /encodes its answer, though not as gzip, deflate or br$/,
    ],
    [
      "a body that is not encoded as it says",
      () => send(keySet(), { "content-encoding": "gzip" }),
      /not encoded as its header says \(Z_DATA_ERROR\)$/,
    ],
    [
      "a body that is long once it is decoded",
      () => send(gzipSync(" ".repeat(10_000_000)), { "content-encoding": "gzip" }),
      /is longer than 256 KiB$/,
    ],
    [
      "a closed connection",
      () => (request) => request.socket.destroy(),
      /cannot be reached \(ECONNRESET\)$/,
    ],
  ])("is told of %s", async (_what, listener, sentence) => {
    answer = listener();
    const problem = await problemOf(await profileAt(urlOf()));
    expect(problem).toMatchObject({
      code: "INVALID_TRUSTED_AUTH_TOKEN",
      reason: "KEY_SET_UNAVAILABLE",
      message: expect.stringMatching(sentence),
    });
    // The second answer repeats the reason of the one fetch.
    expect(requests).toBe(1);
  });

  test("is told of a server that cannot be reached, is no HTTP server or speaks no TLS", async () => {
    const tcp = createTcpServer((socket) => socket.end("SSH-2.0-marker\r\n"));
    otherServers.add(tcp);
    tcp.listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const tcpPort = (tcp.address() as AddressInfo).port;
    for (const [url, sentence] of [
      ["http://127.0.0.1:9/", "The key set's server cannot be reached (ECONNREFUSED)"],
      [`http://127.0.0.1:${tcpPort}/`, /^The answer at the key set's URL is not HTTP \(HPE_/],
      [`https://127.0.0.1:${port}/`, /^The key set's server does not speak TLS at this port/],
      ["http://keys.invalid/", /^The host of the key set's URL (?:does not resolve|cannot be re)/],
    ] as const) {
      const { message } = await problemOf(await profileAt(url));
      expect(message).toMatch(sentence);
    }
  });

  test("is told of the certificate", async () => {
    for (const [host, days, sentence] of [
      ["IP:127.0.0.1", 2, /is not trusted: start this server with NODE_EXTRA_CA_CERTS.*UNABLE_TO/],
      ["IP:127.0.0.1", -1, /has expired|is not trusted/],
      ["DNS:marker.example", 2, /is for another host|is not trusted/],
    ] as const) {
      const tlsPort = await tlsServers.start(host, send(keySet()), { days });
      const { message } = await problemOf(await profileAt(`https://127.0.0.1:${tlsPort}/`));
      expect(message).toMatch(/^The certificate of the key set's server /);
      expect(message).toMatch(sentence);
    }
  });

  test("is told of a host that is not allowed any more, before any connection", async () => {
    const profileId = await profileAt(urlOf());
    const ofName = await profileAt(`https://localhost:${port}/`);
    await server.restart({ allowInsecureJwks: false });
    operator = server.operator;
    const http = await problemOf(profileId);
    expect(http.message).toMatch(/^The key set's URL must begin with https:\/\//);
    const host = await problemOf(ofName);
    expect(host.message).toBe(
      "The key set's URL must have a public host, or one that the server's operator has listed in KEY_SET_ALLOWED_HOSTS",
    );
    expect(requests).toBe(0);
    await server.restart();
    operator = server.operator;
  });

  test("says more in the log: the host", async () => {
    const { logged } = await problemOf(await profileAt("http://127.0.0.1:9/marker"));
    expect(logged).toContain("127.0.0.1:9: ECONNREFUSED");
    expect(logged).not.toContain("/marker");
  });

  test.each<[string, unknown, object, RegExp, object]>([
    [
      "no key",
      { keys: [] },
      { kid: "one" },
      /^The key set has no key: the issuer may sign with a shared secret \(HS256\), as Supabase/,
      { reason: "KEY_SET_UNAVAILABLE" },
    ],
    [
      "no key with the kid",
      undefined,
      { kid: "two" },
      /^The key set has one key, which does not have the token's kid$/,
      { reason: "SIGNATURE", claim: "kid" },
    ],
    [
      "no key for the algorithm",
      { keys: [{ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] },
      {},
      /^The key set has no key for the token's algorithm$/,
      { reason: "ALGORITHM", claim: "alg" },
    ],
    [
      "no usable key",
      { keys: [{ kty: "oct", k: "marker" }] },
      { kid: "one" },
      /^The key set has no usable key: Must be a public key, not a private or symmetric key$/,
      { reason: "KEY_SET_UNAVAILABLE" },
    ],
  ])("is that it has %s", async (_what, body, header, sentence, details) => {
    answer = send(body ?? keySet());
    const problem = await problemOf(await profileAt(urlOf()), { ...header });
    expect(problem).toMatchObject({ message: expect.stringMatching(sentence), ...details });
  });

  test("is that the profile's own keys are for other algorithms", async () => {
    const other = await foreignIssuer(server.clock, "ES256");
    const profileId = await createProfile(operator, { keys: { publicKeys: [{ pem: other.pem }] } });
    expect(await problemOf(profileId)).toMatchObject({
      message: "None of the public keys is for the token's algorithm",
      reason: "ALGORITHM",
      claim: "alg",
    });
  });

  test("is not told without a management key", async () => {
    answer = send("marker", {}, 404);
    const profileId = await profileAt(urlOf(), { publicExchange: true });
    const token = await issuer.token({}, { kid: "one" });
    const refusal = await server.anonymous.failure(ATTEST_SESSION, {
      input: { profileId, token, organizationId },
    });
    expect(refusal.message).toBe(GENERIC);
    expect(refusal.extensions).toEqual({
      code: "INVALID_TRUSTED_AUTH_TOKEN",
      reason: "KEY_SET_UNAVAILABLE",
    });
  });
});
