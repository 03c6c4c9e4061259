import { createVerifier, TokenRefused } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type AdapterServer,
  BROKEN,
  startAllServers,
  startRestServers,
} from "./adapter-servers.js";
import { ask, send, startIssuer } from "./token-requests.js";

const DPOP = 'algs="ES256 EdDSA Ed25519 RS256 PS256"';

describe("answers of adapters", () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let servers: AdapterServer[];
  const started: AdapterServer[] = [];
  const metadata = "https://api.example.com/.well-known/oauth-protected-resource";
  const use = async (starting: Promise<AdapterServer[]>) => {
    const others = await starting;
    started.push(...others);
    return others;
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  beforeAll(async () => {
    issuer = await startIssuer();
    servers = await use(
      startRestServers({ verifier: issuer.verifier(), resourceMetadata: metadata }),
    );
  });

  afterAll(async () => {
    await Promise.all([issuer.server, ...started].map((server) => server.stop()));
  });

  const challengeOf = async (sent: object) => {
    const answers = await Promise.all(servers.map((server) => ask(server, sent)));
    for (const { headers } of answers) expect(headers.get("cache-control")).toBe("no-store");
    const challenges = new Set(answers.map(({ headers }) => headers.get("www-authenticate")));
    const bodies = answers.map(({ body }) => body);
    expect(bodies).toEqual(bodies.map(() => bodies[0]));
    expect(challenges.size).toBe(1);
    return { challenge: [...challenges][0], body: bodies[0] };
  };

  test("name realm, scopes and metadata, and no error if there is no token", async () => {
    const { audience } = issuer;
    const rest = `scope="orders:read", resource_metadata="${metadata}"`;
    expect(await challengeOf({})).toEqual({
      challenge: `Bearer realm="${audience}", ${rest}, DPoP realm="${audience}", ${DPOP}, ${rest}`,
      body: { error: "invalid_token", error_description: "The request has no access token" },
    });
  });

  test("say what is wrong with a token, under its scheme alone", async () => {
    const { audience, tokens } = issuer;
    const rest = `scope="orders:read", resource_metadata="${metadata}"`;
    const description = "The token has expired";
    expect(await challengeOf(bearer(tokens.expired))).toEqual({
      challenge: `Bearer realm="${audience}", error="invalid_token", error_description="${description}", ${rest}, DPoP realm="${audience}", ${DPOP}, ${rest}`,
      body: { error: "invalid_token", error_description: description },
    });
    const missing = "The access token lacks a required scope";
    expect(await challengeOf(bearer(tokens.ofAnotherScope))).toEqual({
      challenge: `Bearer realm="${audience}", error="insufficient_scope", error_description="${missing}", ${rest}`,
      body: { error: "insufficient_scope", error_description: missing },
    });
    const { challenge } = await challengeOf({ headers: { authorization: `DPoP ${tokens.bound}` } });
    expect(challenge).toMatch(
      /^Bearer realm="[^"]+", scope=.*, DPoP realm=.*, error="invalid_dpop_proof"/,
    );
  });

  test("are told to the application, whose hook may fail", async () => {
    const refusals: [code: string, status: number][] = [];
    const onRefusal = ({ code, status }: TokenRefused) => {
      refusals.push([code, status]);
      throw new Error("a metric that fails");
    };
    const { tokens } = issuer;
    const told = await use(startAllServers({ verifier: issuer.verifier(), onRefusal }));
    for (const server of told) {
      for (const sent of [{}, bearer(tokens.expired), bearer(tokens.ofAnotherScope)]) {
        await ask(server, sent);
      }
    }
    const each = [
      ["MISSING", 401],
      ["EXPIRED", 401],
      ["SCOPE", 403],
    ];
    expect(refusals).toEqual(told.flatMap(() => each));
  });

  test("are 503 with Retry-After while the keys cannot be fetched, and never 401", async () => {
    const refusing = () => Promise.reject(new Error("connect ECONNREFUSED"));
    const verifier = createVerifier({
      issuer: issuer.server.issuer,
      audience: issuer.audience,
      fetch: refusing,
    });
    for (const server of await use(startAllServers({ verifier }))) {
      const { status, headers, body } = await ask(server, bearer(issuer.tokens.good));
      expect([server.name, status, headers.get("retry-after")]).toEqual([server.name, 503, "5"]);
      expect(headers.get("www-authenticate")).toBeNull();
      const { error, errors } = body;
      expect(error ?? errors[0].extensions.code).toBe(
        errors ? "SERVICE_UNAVAILABLE" : "temporarily_unavailable",
      );
    }
  });

  test("leave errors that are no answer to a token to the framework", async () => {
    for (const server of servers) {
      const { status, headers, body } = await ask(
        { ...server, url: server.url.replace("/orders", "/broken") },
        bearer(issuer.tokens.good),
      );
      expect([status, body]).toEqual([500, { handled: true }]);
      expect(headers.get("www-authenticate")).toBeNull();
      expect(JSON.stringify(body)).not.toContain(BROKEN);
    }
  });

  test("to HEAD have no body, and a proof for it is one for HEAD", async () => {
    const { tokens, proof } = issuer;
    for (const server of servers) {
      const refused = await ask(server, { method: "HEAD" });
      expect([refused.status, refused.body]).toEqual([401, ""]);
      expect(refused.headers.get("www-authenticate")).toContain("Bearer realm=");
      const passed = await ask(server, { method: "HEAD", ...bearer(tokens.good) });
      expect([passed.status, passed.body]).toEqual([200, ""]);
      const withProof = async (method: "GET" | "HEAD") => {
        const dpop = await proof(server, { htm: method });
        const headers = { authorization: `DPoP ${tokens.bound}`, dpop };
        return (await ask(server, { method: "HEAD", headers })).status;
      };
      expect([await withProof("HEAD"), await withProof("GET")]).toEqual([200, 401]);
    }
  });

  test("to OPTIONS let nobody in: a preflight is for what answers CORS before", async () => {
    for (const server of servers) {
      const { status } = await ask(server, { method: "OPTIONS" });
      // Fastify knows no OPTIONS of a route that has none.
      expect([server.name, status]).toEqual([server.name, server.name === "fastify" ? 404 : 401]);
    }
  });

  test("require scopes on top of others, and verify the proof once", async () => {
    const { tokens, proof } = issuer;
    for (const server of servers) {
      const url = `${server.url}/refunds`;
      const statusOf = async (headers: Record<string, string>) =>
        (await send(url, { headers })).status;
      expect(await statusOf({ authorization: `Bearer ${tokens.good}` })).toBe(403);
      expect(await statusOf({ authorization: `Bearer ${tokens.further}` })).toBe(200);
      // The bound token lacks the second scope. A proof that is verified twice would be 401.
      const dpop = await proof({ method: "GET", url });
      expect(await statusOf({ authorization: `DPoP ${tokens.bound}`, dpop })).toBe(403);
    }
  });

  test("let requests without a token in where it is optional, and none with a wrong one", async () => {
    const { tokens, clientId } = issuer;
    for (const server of servers) {
      const at = { ...server, url: server.url.replace("/orders", "/public") };
      expect((await ask(at, {})).body).toEqual({ client: null, member: null });
      expect((await ask(at, bearer(tokens.good))).body).toEqual({ client: clientId, member: null });
      expect((await ask(at, bearer(tokens.expired))).status).toBe(401);
      expect((await ask(at, bearer(tokens.session))).status).toBe(401);
    }
  });

  test("take sessions where they are required, or accepted beside access tokens", async () => {
    const { tokens, clientId, memberId } = issuer;
    for (const server of servers) {
      const profile = { ...server, url: server.url.replace("/orders", "/profile") };
      const member = { client: null, member: memberId };
      expect((await ask(profile, bearer(tokens.session))).body).toEqual(member);
      for (const token of [tokens.good, tokens.bound, `${tokens.session.slice(0, -8)}AAAAAAAA`]) {
        expect((await ask(profile, bearer(token))).status).toBe(401);
      }
      const dpop = { authorization: `DPoP ${tokens.session}`, dpop: await issuer.proof(profile) };
      expect((await ask(profile, { headers: dpop })).status).toBe(401);
      expect((await ask(profile, {})).status).toBe(401);

      const either = { ...server, url: server.url.replace("/orders", "/either") };
      expect((await ask(either, bearer(tokens.session))).body).toEqual(member);
      expect((await ask(either, bearer(tokens.good))).body).toEqual({
        client: clientId,
        member: null,
      });
      expect((await ask(either, bearer(tokens.ofAnotherScope))).status).toBe(403);
      const forged = await ask(either, bearer(`${tokens.session.slice(0, -8)}AAAAAAAA`));
      expect(forged.status).toBe(401);
      expect((await ask(either, {})).status).toBe(401);
    }
  });

  test("cannot be given headers by a setting or a verifier", async () => {
    const verifier = issuer.verifier();
    const inject = 'a"\r\nset-cookie: b=c\r\n\\é';
    const hostile = { ...verifier, audience: inject };
    for (const server of await use(startAllServers({ verifier: hostile }))) {
      const { headers } = await ask(server, {});
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("www-authenticate")).toContain('realm="a???set-cookie: b=c????"');
    }
    const asksForNonce = {
      ...verifier,
      verifyAccessToken: () => Promise.reject(new TokenRefused("PROOF_NONCE", 401, "No nonce")),
    };
    const broken = { verifier: asksForNonce, dpopNonce: () => inject };
    for (const server of await use(startRestServers(broken))) {
      const headers = { authorization: "DPoP a.b.c", dpop: "d.e.f" };
      expect((await ask(server, { headers })).status).toBe(500);
    }
    const setups = [
      { verifier, scopes: ['a"b'] },
      { verifier, scopes: ["a b"] },
      { verifier, scopes: ["a\r\nb"] },
      { verifier, publicUrl: "api.example.com" },
      { verifier, publicUrl: "ftp://api.example.com" },
      { verifier, publicUrl: "https://api.example.com/?shop=1" },
      { verifier, resourceMetadata: "/.well-known/oauth-protected-resource" },
    ];
    for (const setup of setups) await expect(startRestServers(setup)).rejects.toThrow(TypeError);
  });
});
