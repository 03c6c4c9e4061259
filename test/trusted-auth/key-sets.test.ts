import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { exportJWK } from "jose";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { rsaJwk } from "../support/weak-keys.js";
import {
  attest,
  attestFailure,
  CREATE_PROFILE,
  createProfile,
  profileInput,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("key sets by URL", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let keyServer: Server;
  let base: string;
  let requests: { url: string; headers: Record<string, unknown> }[];
  let answer: RequestListener;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator)).organizationId;
    await createMember(operator, organizationId);
    keyServer = createServer((request, response) => {
      requests.push({ url: request.url ?? "", headers: request.headers });
      answer(request, response);
    });
    keyServer.listen(0, "127.0.0.1");
    await once(keyServer, "listening");
    base = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    requests = [];
    answer = (_request, response) => response.end(JSON.stringify(keySet()));
  });

  afterAll(async () => {
    keyServer.closeAllConnections();
    keyServer.close();
    await server.stop();
  });

  const keySet = () => ({ keys: [{ ...issuer.jwk, kid: "one", use: "sig" }] });
  const send = (body: unknown): RequestListener => {
    return (_request, response) => {
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
  };
  const profileAt = (jwksUrl = `${base}/jwks`) => createProfile(operator, { keys: { jwksUrl } });
  const attestWith = async (profileId: string, header: Record<string, unknown> = { kid: "one" }) =>
    attest(operator, { profileId, token: await issuer.token({}, header), organizationId });
  const reasonWith = async (profileId: string, signer = issuer, header: object = { kid: "one" }) =>
    (
      await attestFailure(operator, {
        profileId,
        token: await signer.token({}, { ...header }),
        organizationId,
      })
    )["reason"];

  test("are fetched when first needed and then cached", async () => {
    const profileId = await profileAt(`${base}/jwks?x=1`);
    expect(requests).toEqual([]);
    await attestWith(profileId);
    await attestWith(profileId);
    expect(requests.map(({ url }) => url)).toEqual(["/jwks?x=1"]);
    expect(requests[0]?.headers).not.toHaveProperty("cookie");
    expect(requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("may be on a name that resolves to loopback, during development", async () => {
    await attestWith(await profileAt(`${base.replace("127.0.0.1", "localhost")}/jwks`));
  });

  test("may have several keys, of which the token need not name one", async () => {
    const others = await Promise.all([1, 2].map(() => foreignIssuer(server.clock)));
    answer = send({ keys: [...others.map(({ jwk }) => jwk), issuer.jwk] });
    const profileId = await profileAt();
    await attestWith(profileId, {});
    const otherIssuer = await foreignIssuer(server.clock);
    expect(await reasonWith(profileId, otherIssuer, {})).toBe("SIGNATURE");
  });

  test("are not fetched again for each token with an unknown key", async () => {
    const profileId = await profileAt();
    await attestWith(profileId);
    const otherIssuer = await foreignIssuer(server.clock);
    for (const kid of ["two", "three", "../jwks", "one"]) {
      expect(await reasonWith(profileId, otherIssuer, { kid })).toBe("SIGNATURE");
    }
    expect(requests).toHaveLength(1);
  });

  test("are replaced when the profile's URL changes", async () => {
    const profileId = await profileAt();
    await attestWith(profileId);
    const otherIssuer = await foreignIssuer(server.clock);
    answer = send({ keys: [otherIssuer.jwk] });
    await operator.request(
      `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { profile { profileId } } }`,
      { input: { profileId, keys: { jwksUrl: `${base}/new` } } },
    );
    expect(await reasonWith(profileId)).toBe("SIGNATURE");
    const token = await otherIssuer.token();
    await attest(operator, { profileId, token, organizationId });
  });

  test.each<[string, Record<string, string>, (body: string) => string | Buffer]>([
    ["as text", { "content-type": "text/plain; charset=ISO-8859-1" }, (body) => body],
    ["without a media type", {}, (body) => body],
    ["as a JWK Set", { "content-type": "application/jwk-set+json;charset=UTF-8" }, (body) => body],
    ["with a byte order mark", {}, (body) => `\uFEFF${body}`],
    ["compressed by gzip", { "content-encoding": "gzip" }, (body) => gzipSync(body)],
    ["compressed by x-gzip", { "content-encoding": "X-GZIP" }, (body) => gzipSync(body)],
    ["compressed by deflate", { "content-encoding": "deflate" }, (body) => deflateSync(body)],
    ["compressed by br", { "content-encoding": "br" }, (body) => brotliCompressSync(body)],
    ["not compressed, as they say", { "content-encoding": "identity" }, (body) => body],
  ])("may come %s", async (_what, headers, encode) => {
    answer = (_request, response) => {
      response.writeHead(200, headers).end(encode(JSON.stringify(keySet())));
    };
    await attestWith(await profileAt());
  });

  test.each<[string, Record<string, string>, number]>([
    ["without Cache-Control", {}, 600],
    ["with no-store", { "cache-control": "no-store, max-age=3600" }, 60],
    ["with no-cache", { "cache-control": "public, no-cache, max-age=3600" }, 60],
    ["that must be revalidated", { "cache-control": "max-age=300, must-revalidate" }, 300],
    ["whose max-age is quoted", { "cache-control": 'Max-Age="300"' }, 300],
    ["with a max-age for shared caches", { "cache-control": "s-maxage=60, max-age=300" }, 300],
    ["with an extension", { "cache-control": "x-max-age=60, max-age=300" }, 300],
    ["with a malformed max-age", { "cache-control": "max-age=soon" }, 600],
    ["from a cache", { "cache-control": "max-age=1000", age: "700" }, 300],
    ["from a cache that is stale", { "cache-control": "max-age=1000", age: "5000" }, 60],
    ["with a malformed age", { "cache-control": "max-age=300", age: "old" }, 300],
  ])("are cached as their headers say: %s", async (_what, headers, seconds) => {
    answer = (_request, response) => {
      response.writeHead(200, headers).end(JSON.stringify(keySet()));
    };
    const profileId = await profileAt();
    await attestWith(profileId);
    server.clock.advance(seconds - 1);
    await attestWith(profileId);
    expect(requests).toHaveLength(1);
    server.clock.advance(1);
    await attestWith(profileId);
    expect(requests).toHaveLength(2);
  });

  test("are asked for by a client that says who it is", async () => {
    await attestWith(await profileAt());
    expect(requests[0]?.headers).toMatchObject({
      "user-agent": expect.stringMatching(/^countersign\/\d+\.\d+\.\d+$/),
      accept: expect.stringContaining("application/jwk-set+json"),
    });
  });

  test("may be long: 150 keys, of which the token names the last", async () => {
    const keys = Array.from({ length: 150 }, (_, index) => ({ ...issuer.jwk, kid: `${index}` }));
    const others = await foreignIssuer(server.clock);
    answer = send({
      keys: keys.map((jwk) => (jwk.kid === "149" ? jwk : { ...others.jwk, kid: jwk.kid })),
    });
    const profileId = await profileAt();
    await attestWith(profileId, { kid: "149" });
    expect(await reasonWith(profileId, issuer, { kid: "148" })).toBe("SIGNATURE");
  });

  test("may begin with keys that are too short", async () => {
    const short = Array.from({ length: 6 }, (_, index) => ({
      ...rsaJwk(1024, 65_537n),
      kid: `short-${index}`,
    }));
    answer = send({ keys: [...short, issuer.jwk] });
    const profileId = await profileAt();
    await attestWith(profileId, {});
    expect(await reasonWith(profileId, issuer, { kid: "short-1" })).toBe("KEY_SET_UNAVAILABLE");
  });

  test("of SPIFFE have keys for JWTs beside those for certificates", async () => {
    const certificates = { ...issuer.jwk, kid: "x509", use: "x509-svid", x5c: ["AAAA"] };
    answer = send({ keys: [certificates, { ...issuer.jwk, kid: "jwt", use: "jwt-svid" }] });
    const profileId = await profileAt();
    await attestWith(profileId, { kid: "jwt" });
    expect(await reasonWith(profileId, issuer, { kid: "x509" })).toBe("KEY_SET_UNAVAILABLE");
  });

  test.each<[string, () => RequestListener]>([
    [
      "a redirect",
      () => (request, response) => {
        if (request.url === "/elsewhere") send(keySet())(request, response);
        else response.writeHead(302, { location: `${base}/elsewhere` }).end();
      },
    ],
    ["404", () => (_request, response) => response.writeHead(404).end(JSON.stringify(keySet()))],
    ["201", () => (_request, response) => response.writeHead(201).end(JSON.stringify(keySet()))],
    ["a body of more than 1 MiB", () => send({ ...keySet(), padding: "x".repeat(1024 * 1024) })],
    ["malformed JSON", () => send("<html>")],
    ["no keys", () => send({})],
    ["keys that are not a list", () => send({ keys: {} })],
    ["a list of malformed keys", () => send({ keys: [1] })],
    ["a closed connection", () => (request) => request.socket.destroy()],
    [
      "an incomplete body",
      () => (request, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{", () => request.socket.destroy());
      },
    ],
  ])("that answer with %s are unavailable", async (_, listener) => {
    answer = listener();
    const profileId = await profileAt();
    expect(await reasonWith(profileId)).toBe("KEY_SET_UNAVAILABLE");
    expect(requests.map(({ url }) => url)).not.toContain("/elsewhere");
    // After recovery the key set is fetched again, but only after the cooldown.
    answer = send(keySet());
    expect(await reasonWith(profileId)).toBe("KEY_SET_UNAVAILABLE");
    server.clock.advance(30);
    await attestWith(profileId);
  });

  test("are fetched only a few times for 50 tokens with unknown keys", async () => {
    const profileId = await profileAt();
    await attestWith(profileId);
    for (let number = 0; number < 50; number++) {
      expect(await reasonWith(profileId, issuer, { kid: `unknown-${number}` })).toBe("SIGNATURE");
      server.clock.advance(1);
    }
    expect(requests.length).toBeLessThanOrEqual(3);
  });

  test("are used during an outage for a limited time, and fetched again after the cooldown", async () => {
    const profileId = await profileAt();
    await attestWith(profileId);
    answer = (request) => request.socket.destroy();
    server.clock.advance(3600);
    await attestWith(profileId);
    const rotated = await foreignIssuer(server.clock);
    answer = send({ keys: [{ ...rotated.jwk, kid: "two" }] });
    server.clock.advance(30);
    const token = await rotated.token({}, { kid: "two" });
    await attest(operator, { profileId, token, organizationId });
    expect(await reasonWith(profileId)).toBe("SIGNATURE");
    answer = (request) => request.socket.destroy();
    server.clock.advance(8 * 3600);
    const later = await attestFailure(operator, {
      profileId,
      token: await rotated.token({}, { kid: "two" }),
      organizationId,
    });
    expect(later["reason"]).toBe("KEY_SET_UNAVAILABLE");
  });

  test("are cached for the max-age of Cache-Control, from one minute to one hour", async () => {
    const withMaxAge =
      (seconds: number): RequestListener =>
      (_request, response) => {
        response.setHeader("cache-control", `public, max-age=${seconds}`);
        response.end(JSON.stringify(keySet()));
      };
    for (const [maxAge, cachedFor] of [
      [120, 120],
      [1, 60],
      [999_999, 3600],
    ] as const) {
      answer = withMaxAge(maxAge);
      requests = [];
      const profileId = await profileAt();
      await attestWith(profileId);
      server.clock.advance(cachedFor - 1);
      await attestWith(profileId);
      expect(requests).toHaveLength(1);
      server.clock.advance(1);
      await attestWith(profileId);
      expect(requests).toHaveLength(2);
    }
  });

  test("are fetched once for many concurrent tokens", async () => {
    const profileId = await profileAt();
    await Promise.all(Array.from({ length: 10 }, () => attestWith(profileId)));
    expect(requests).toHaveLength(1);
  });

  test("are refused if they contain a private key", async () => {
    answer = send({ keys: [{ ...(await exportJWK(issuer.privateKey)), kid: "one" }] });
    expect(await reasonWith(await profileAt())).toBe("KEY_SET_UNAVAILABLE");
  });

  test("are given up if the response does not end", async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 200);
      response.once("close", () => clearInterval(drip));
    };
    const profileId = await profileAt();
    expect(await reasonWith(profileId)).toBe("KEY_SET_UNAVAILABLE");
  });

  test("cannot make HS256 acceptable by a symmetric key", async () => {
    const k = Buffer.from("secret secret secret secret secret").toString("base64url");
    answer = send({ keys: [{ kty: "oct", kid: "one", alg: "HS256", k }] });
    expect(await reasonWith(await profileAt())).toBe("KEY_SET_UNAVAILABLE");
  });

  test("are not fetched from private networks, even during development", async () => {
    for (const jwksUrl of [
      "http://10.0.0.1/jwks",
      "http://169.254.169.254/",
      "http://[fc00::1]/",
    ]) {
      const failure = await operator.failure(CREATE_PROFILE, {
        input: profileInput({ keys: { jwksUrl } }),
      });
      expect(failure.extensions).toMatchObject({ path: ["input", "keys", "jwksUrl"] });
    }
  });

  test("on loopback are refused when the server no longer allows them", async () => {
    const profileId = await profileAt();
    await server.restart({ allowInsecureJwks: false });
    operator = server.operator;
    expect(await reasonWith(profileId)).toBe("KEY_SET_UNAVAILABLE");
    expect(requests).toEqual([]);
    await server.restart();
    operator = server.operator;
    await attestWith(profileId);
  });
});
