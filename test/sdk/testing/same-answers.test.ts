import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  clientKey,
  dpopProof,
} from "../../oauth/oauth-operations.js";
import { basicAuthorization } from "../../support/graphql-client.js";
import { type BothIssuers, type Side, startBoth } from "./both-issuers.js";
import { type Compared, expectSameAnswer } from "./compared-answers.js";
import { everyKind, LEGACY, LIKE_AUTH0, ORDERS, SECRET, SHORT, STOCK, STRICT } from "./setups.js";

const GRANT = { grant_type: "client_credentials" };
const of = (client_id: string, others: Record<string, string> = {}): Compared => ({
  form: { ...GRANT, client_id, client_secret: SECRET, ...others },
});
const basic = (user: string, password: string, form: Record<string, string> = {}): Compared => ({
  form: { ...GRANT, ...form },
  headers: { authorization: basicAuthorization(user, password) },
});

const TOKEN_REQUESTS: Readonly<Record<string, Compared>> = {
  "all granted scopes": of("shop", { audience: ORDERS }),
  "one scope": of("shop", { audience: ORDERS, scope: "orders:read" }),
  "scopes twice and in another order": of("shop", {
    audience: ORDERS,
    scope: "ping orders:read ping",
  }),
  "a scope that is not granted": of("shop", { audience: ORDERS, scope: "orders:write" }),
  "a granted and another scope": of("shop", { audience: ORDERS, scope: "orders:read nonsense" }),
  "a wildcard that is not granted": of("shop", { audience: ORDERS, scope: "orders:*" }),
  "a scope that a wildcard covers": of("wildcards", { audience: ORDERS, scope: "orders:read" }),
  "a scope that nobody defines below a wildcard": of("wildcards", {
    audience: ORDERS,
    scope: "orders:x",
  }),
  "the wildcard itself": of("wildcards", { audience: ORDERS, scope: "orders:*" }),
  "a scope of another prefix": of("wildcards", { audience: ORDERS, scope: "stock:read" }),
  "a scope in other case": of("shop", { audience: ORDERS, scope: "Orders:Read" }),
  "a scope with a quotation mark": of("shop", { audience: ORDERS, scope: 'orders:"read"' }),
  "a scope with a tab": of("shop", { audience: ORDERS, scope: "orders:read\tping" }),
  "an empty scope": of("shop", { audience: ORDERS, scope: "" }),
  "spaces alone": of("shop", { audience: ORDERS, scope: "   " }),
  "a scope of 256 characters": of("shop", { audience: ORDERS, scope: "a".repeat(256) }),
  "1001 scopes": of("shop", {
    audience: ORDERS,
    scope: Array.from({ length: 1001 }, (_, i) => `s${i}`).join(" "),
  }),
  "the project's own audience": of("shop"),
  "a scope of the project": of("shop", { scope: "jobs:run" }),
  "a wildcard of the project": of("shop", { scope: "jobs:anything" }),
  "an API's scope without its audience": of("shop", { scope: "orders:read" }),
  "an unknown audience": of("shop", { audience: "https://unknown.example.com" }),
  "an audience with a slash too many": of("shop", { audience: `${ORDERS}/` }),
  "an audience in other case": of("shop", { audience: ORDERS.toUpperCase() }),
  "an API without a grant": of("nobody", { audience: ORDERS }),
  resource: of("shop", { resource: ORDERS }),
  "resource and audience alike": of("shop", { resource: ORDERS, audience: ORDERS }),
  "resource and audience unlike": of("shop", { resource: STOCK, audience: ORDERS }),
  "an empty audience": of("shop", { audience: "" }),
  "an audience of 1025 characters": of("shop", { audience: "a".repeat(1025) }),
  "RFC 9068": of("shop", { audience: STOCK }),
  "RFC 9068 with one scope": of("shop", { audience: STOCK, scope: "stock:read" }),
  "RFC 9068 with a wrong scope": of("shop", { audience: STOCK, scope: "no" }),
  "Auth0's format": of("shop", { audience: LEGACY }),
  "Auth0's refusal of a scope": of("shop", { audience: LEGACY, scope: "orders:write ping" }),
  "Auth0's refusal of a client without a grant": of("nobody", { audience: LEGACY }),
  "Auth0's refusal of a secret": {
    form: { ...GRANT, client_id: "shop", client_secret: "wrong-wrong", audience: LEGACY },
  },
  "Auth0's refusal without a client": { form: { ...GRANT, audience: LEGACY } },
  "Auth0's refusal of a grant": of("useless", { audience: LEGACY }),
  "Auth0's refusal of an unknown grant": of("shop", { audience: LEGACY, grant_type: "password" }),
  "scopes omitted where they are needed": of("shop", { audience: STRICT }),
  "scopes named where they are needed": of("shop", { audience: STRICT, scope: "orders:read" }),
  "the lifetime of a grant": of("shop", { audience: SHORT }),
  "the lifetime of the client's end": of("expiring"),
  "a wrong secret": { form: { ...GRANT, client_id: "shop", client_secret: "wrong" } },
  "a secret with a typo": { form: { ...GRANT, client_id: "shop", client_secret: `${SECRET}x` } },
  "a secret with a newline": {
    form: { ...GRANT, client_id: "shop", client_secret: `${SECRET}\n` },
  },
  "a secret of 2000 characters": {
    form: { ...GRANT, client_id: "shop", client_secret: "a".repeat(2000) },
  },
  "no secret": { form: { ...GRANT, client_id: "shop" } },
  "no client": { form: GRANT },
  "an unknown client": of("unknown"),
  "an unknown client with an id as generated": of("client_0123456789abcdefghijkl"),
  "a malformed secret of an id as generated": {
    form: { ...GRANT, client_id: "client_0123456789abcdefghijkl", client_secret: "csk_wrong" },
  },
  "an inactive client": of("inactive"),
  "a client that may not use the grant": of("useless"),
  "no grant type": { form: { client_id: "shop", client_secret: SECRET } },
  "the authorization code": of("shop", { grant_type: "authorization_code" }),
  "the refresh token": of("shop", { grant_type: "refresh_token" }),
  "an assertion of no trusted issuer": {
    form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.b.c" },
  },
  "a token exchange without a token": {
    form: { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange" },
  },
  "a token exchange of no trusted issuer": {
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: "a.b.c",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    },
  },
  "HTTP Basic": basic("shop", SECRET, { audience: ORDERS }),
  "HTTP Basic of another client than the body": basic("shop", SECRET, { client_id: "nobody" }),
  "HTTP Basic with the body's client id": basic("shop", SECRET, { client_id: "shop" }),
  "HTTP Basic and a secret in the body": basic("shop", SECRET, {
    client_id: "shop",
    client_secret: SECRET,
  }),
  "HTTP Basic with a wrong secret": basic("shop", "wrong"),
  "HTTP Basic that is percent-encoded": basic("%73hop", encodeURIComponent(SECRET)),
  "HTTP Basic that is no base64": { form: GRANT, headers: { authorization: "Basic %%%" } },
  "HTTP Basic without a colon": {
    form: GRANT,
    headers: { authorization: `Basic ${btoa("shop")}` },
  },
  "a Bearer token": { form: GRANT, headers: { authorization: "Bearer abc" } },
  "Basic alone, by Basic": basic("basic", SECRET),
  "Basic alone, in the body": of("basic"),
  "body alone, by Basic": basic("posting", SECRET),
  "body alone, in the body": of("posting"),
  "a secret of a client with keys": of("signing", { audience: ORDERS }),
  "DPoP alone, without a proof": of("bound", { audience: ORDERS }),
  "a malformed proof": { ...of("shop", { audience: ORDERS }), headers: { dpop: "abc" } },
  JSON: { json: { ...GRANT, client_id: "shop", client_secret: SECRET, audience: ORDERS } },
  "JSON with null": {
    json: { ...GRANT, client_id: "shop", client_secret: SECRET, audience: ORDERS, scope: null },
  },
  "JSON with a list of scopes": {
    json: { ...GRANT, client_id: "shop", client_secret: SECRET, scope: ["orders:read"] },
  },
  "JSON with several audiences": {
    json: { ...GRANT, client_id: "shop", client_secret: SECRET, audience: [ORDERS, STOCK] },
  },
  "JSON with a number as client": { json: { ...GRANT, client_id: 7, client_secret: SECRET } },
  "JSON that is a list": { json: [] },
  "JSON that is malformed": { body: "{", headers: { "content-type": "application/json" } },
  "JSON that names a member twice": {
    body: '{"scope":"a","scope":"b"}',
    headers: { "content-type": "application/json" },
  },
  "JSON with a prototype": {
    body: '{"__proto__":{"a":1}}',
    headers: { "content-type": "application/json" },
  },
  "JSON with a long number": {
    body: '{"x":12345678901234567890}',
    headers: { "content-type": "application/json" },
  },
  "JSON that is empty": { body: "", headers: { "content-type": "application/json" } },
  text: { body: "grant_type=client_credentials", headers: { "content-type": "text/plain" } },
  "no body": {},
  "a parameter twice": {
    form: [
      ["grant_type", "client_credentials"],
      ["grant_type", "client_credentials"],
    ],
  },
  "two audiences": {
    form: [
      ["grant_type", "client_credentials"],
      ["resource", ORDERS],
      ["resource", STOCK],
    ],
  },
  "1001 parameters": {
    body: "a=1&".repeat(1001),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  "a body that is too long": {
    body: `a=${"b".repeat(140_000)}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  "a misspelt parameter": of("shop", { scopes: "orders:read" }),
  "another misspelt parameter": of("shop", { clientId: "shop" }),
  "NUL in a parameter": of("shop", { audience: "a\u0000b" }),
  "a parameter of the template": of("shop", { audience: ORDERS, trace: "abc", "x-tag": "t" }),
  "a parameter of the template that is too long": of("shop", {
    audience: ORDERS,
    trace: "a".repeat(257),
  }),
  "a parameter of the template that is no text": {
    json: { ...GRANT, client_id: "shop", client_secret: SECRET, audience: ORDERS, trace: { a: 1 } },
  },
  "a parameter that nobody names": of("shop", { audience: ORDERS, whatever: "a".repeat(5000) }),
  GET: { method: "GET" },
  PUT: { method: "PUT", form: GRANT },
};

describe("an issuer of tests answers as the server does", () => {
  let both: BothIssuers;
  let key: ClientKey;

  beforeAll(async () => {
    key = await clientKey();
    both = await startBoth(everyKind(key.jwk));
  });

  afterAll(async () => {
    await both.stop();
  });

  test.each(Object.entries(TOKEN_REQUESTS))("to a token request: %s", async (_title, request) => {
    await expectSameAnswer(both, request);
  });

  test("with tokens and with refusals", async () => {
    const [token] = await expectSameAnswer(both, TOKEN_REQUESTS["all granted scopes"] ?? {});
    expect(token.body).toMatchObject({ token_type: "Bearer", scope: "orders:read ping" });
    const [refusal] = await expectSameAnswer(
      both,
      TOKEN_REQUESTS["a scope that is not granted"] ?? {},
    );
    expect(refusal).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  });

  describe("to client assertions:", () => {
    const signed = async (changes: Parameters<typeof assertion>[3], clientId = "signing") => ({
      form: {
        ...GRANT,
        audience: ORDERS,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(both.server, clientId, key, changes),
      },
    });
    const changes: Record<string, Parameters<typeof assertion>[3]> = {
      "a good one": {},
      "for the token endpoint": { claims: { aud: undefined } },
      expired: { claims: { exp: 1 } },
      "of two audiences": { claims: { aud: ["a", "b"] } },
      "for another issuer": { claims: { aud: "https://other.example.com" } },
      "for the issuer with a slash": { claims: { aud: "slash" } },
      "of tomorrow": { claims: { nbf: 9_999_999_999 } },
      "that lives for a week": { claims: { exp: 9_999_999_999 } },
      "without an id": { claims: { jti: undefined } },
      "with a number as id": { claims: { jti: 7 } },
      "of another issuer": { claims: { iss: "shop" } },
      "with a number as key id": { header: { kid: 7 } },
    };
    test.each(Object.entries(changes))("%s", async (title, change = {}) => {
      const { issuer } = both.sides[0];
      const aud = title === "for the token endpoint" ? `${issuer}/oauth/token` : `${issuer}/`;
      const isFilled = ["for the token endpoint", "for the issuer with a slash"].includes(title);
      const filled = isFilled ? { claims: { aud } } : change;
      await expectSameAnswer(both, await signed(filled));
    });

    test("of another client, of an unknown key and used twice", async () => {
      // The server has counted too many refusals in this minute.
      both.server.clock.advance(61);
      await expectSameAnswer(both, await signed({}, "shop"));
      await expectSameAnswer(both, await signed({}, "unknown"));
      const foreign = await clientKey("EdDSA");
      const client_assertion = await assertion(both.server, "signing", foreign);
      const form = { ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion };
      await expectSameAnswer(both, { form });
      const once = await signed({});
      await expectSameAnswer(both, once);
      const [answer] = await expectSameAnswer(both, once);
      expect(answer.body.error).toBe("invalid_client");
    });
  });

  describe("to DPoP proofs:", () => {
    const nonces = new Map<Side, string>();
    const prove = async (side: Side, claims: Record<string, unknown> = {}, header = {}) => {
      const nonce = nonces.get(side) ?? "";
      const proof = await dpopProof(both.server, key, { claims: { nonce, ...claims }, header });
      return { ...of("bound", { audience: ORDERS }), headers: { dpop: proof } };
    };

    beforeAll(async () => {
      for (const side of both.sides) {
        const dpop = await dpopProof(both.server, key);
        const path = `${side.issuer}/oauth/token`;
        const init = {
          method: "POST",
          body: new URLSearchParams(of("bound").form),
          headers: { dpop },
        };
        const response =
          side.name === "server"
            ? await fetch(`${both.server.url}${new URL(path).pathname}`, init)
            : await both.testIssuer.fetch(path, init);
        nonces.set(side, response.headers.get("dpop-nonce") ?? "");
      }
    });

    test.each<[string, Record<string, unknown>, object]>([
      ["a good one", {}, {}],
      ["of another method", { htm: "GET" }, {}],
      ["of another endpoint", { htu: "https://other.example.com/oauth/token" }, {}],
      ["with a query", { htu: "QUERY" }, {}],
      ["an hour old", { iat: 1 }, {}],
      ["without an id", { jti: undefined }, {}],
      ["with a wrong nonce", { nonce: "wrong" }, {}],
      ["without a nonce", { nonce: undefined }, {}],
      ["of another type", {}, { typ: "JWT" }],
      ["without its key", {}, { jwk: undefined }],
    ])("%s", async (_title, claims, header) => {
      const htu = claims["htu"] === "QUERY" && `${both.sides[0].issuer}/oauth/token?a=b`;
      await expectSameAnswer(both, (side) =>
        prove(side, { ...claims, ...(htu && { htu }) }, header),
      );
    });

    test("one that was used before", async () => {
      const used = new Map<Side, Compared>();
      for (const side of both.sides) used.set(side, await prove(side));
      const [good] = await expectSameAnswer(both, (side) => used.get(side) ?? {});
      expect(good.body.token_type).toBe("DPoP");
      await expectSameAnswer(both, (side) => used.get(side) ?? {});
    });
  });

  describe("to introspection and revocation:", () => {
    const tokens = new Map<Side, string>();
    const post = (path: string, client_id: string, changes: Record<string, string> = {}) => {
      return (side: Side): Compared => ({
        path,
        form: { token: tokens.get(side) ?? "", client_id, client_secret: SECRET, ...changes },
      });
    };

    beforeAll(async () => {
      for (const side of both.sides) {
        const form = of("shop", { audience: ORDERS }).form;
        const { body } = await side.fetch("/oauth/token", {
          method: "POST",
          body: new URLSearchParams(form),
        });
        tokens.set(side, body.access_token);
      }
    });

    test.each<[string, string, string, Record<string, string>]>([
      ["by its client", "/oauth/introspect", "shop", {}],
      ["by the API", "/oauth/introspect", "gateway", {}],
      ["by another client", "/oauth/introspect", "nobody", {}],
      ["by an unknown client", "/oauth/introspect", "unknown", {}],
      ["with a wrong secret", "/oauth/introspect", "shop", { client_secret: "wrong" }],
      ["without a token", "/oauth/introspect", "shop", { token: "" }],
      ["of nonsense", "/oauth/introspect", "shop", { token: "nonsense" }],
      ["with a hint", "/oauth/introspect", "shop", { token_type_hint: "refresh_token" }],
      ["a revocation by another client", "/oauth/revoke", "nobody", {}],
      ["a revocation of nonsense", "/oauth/revoke", "shop", { token: "nonsense" }],
      ["a revocation without a token", "/oauth/revoke", "shop", { token: "" }],
      ["a revocation with a wrong secret", "/oauth/revoke", "shop", { client_secret: "wrong" }],
    ])("%s", async (_title, path, clientId, changes) => {
      await expectSameAnswer(both, post(path, clientId, changes));
    });

    test("a signed answer", async () => {
      const headers = { accept: "application/token-introspection+jwt" };
      await expectSameAnswer(both, (side) => ({
        ...post("/oauth/introspect", "shop")(side),
        headers,
      }));
    });

    test("a management key that does not exist", async () => {
      const { projectId } = both;
      await expectSameAnswer(both, (side) => ({
        path: "/oauth/introspect",
        form: { token: tokens.get(side) ?? "" },
        headers: { authorization: basicAuthorization(projectId, "cmk_wrong") },
      }));
    });

    test("a token of the other side, of a wrong signature, and after its revocation", async () => {
      const other = (side: Side) =>
        tokens.get(both.sides.find((one) => one !== side) ?? side) ?? "";
      await expectSameAnswer(both, (side) =>
        post("/oauth/introspect", "shop", { token: other(side) })(side),
      );
      const changed = (side: Side) => `${(tokens.get(side) ?? "").slice(0, -6)}AAAAAA`;
      await expectSameAnswer(both, (side) =>
        post("/oauth/introspect", "shop", { token: changed(side) })(side),
      );
      const [active] = await expectSameAnswer(both, post("/oauth/introspect", "shop"));
      expect(active.body.active).toBe(true);
      await expectSameAnswer(both, post("/oauth/revoke", "shop"));
      const [revoked] = await expectSameAnswer(both, post("/oauth/introspect", "shop"));
      expect(revoked.body).toEqual({ active: false });
      await expectSameAnswer(both, post("/oauth/revoke", "shop"));
    });
  });

  test("with the same documents", async () => {
    const get = { method: "GET" };
    for (const path of [
      "/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server",
    ]) {
      await expectSameAnswer(both, { ...get, path });
    }
    const [keys, ofTests] = await Promise.all(
      both.sides.map((side) => side.fetch("/.well-known/jwks.json", get)),
    );
    const shape = (
      { body }: { body: { keys: Record<string, string>[] } } = { body: { keys: [] } },
    ) => [...new Set(body.keys.map((jwk) => `${jwk["alg"]} ${Object.keys(jwk).sort()}`))].sort();
    expect(shape(ofTests)).toEqual(shape(keys));
    expect(ofTests?.headers).toEqual(keys?.headers);
    expect(ofTests?.body.keys).toHaveLength(keys?.body.keys.length);
    const answers = await Promise.all(
      ["application/jwk-set+json", "application/*", "text/html, */*;q=0.1", "text/html"].flatMap(
        (accept) =>
          both.sides.map(async (side) => {
            const init = { ...get, headers: { accept } };
            const { headers } = await side.fetch("/.well-known/jwks.json", init);
            return [accept, headers];
          }),
      ),
    );
    const [ofServer, ofTestIssuer] = [0, 1].map((rest) =>
      answers.filter((_, at) => at % 2 === rest),
    );
    expect(ofTestIssuer).toEqual(ofServer);
  });

  // Last, because it moves the clock of both.
  test("when clients, secrets and tokens have expired", async () => {
    const tokens = new Map<Side, string>();
    for (const side of both.sides) {
      const { form } = of("expiring");
      const { body } = await side.fetch("/oauth/token", {
        method: "POST",
        body: new URLSearchParams(form),
      });
      tokens.set(side, body.access_token);
    }
    both.server.clock.advance(601);
    await expectSameAnswer(both, of("expiring"));
    await expectSameAnswer(both, of("renewed"));
    const [inactive] = await expectSameAnswer(both, (side) => ({
      path: "/oauth/introspect",
      form: { token: tokens.get(side) ?? "", client_id: "gateway", client_secret: SECRET },
    }));
    expect(inactive.body).toEqual({ active: false });
  });
});

describe("an issuer of tests in Auth0's format", () => {
  let both: BothIssuers;

  beforeAll(async () => {
    both = await startBoth(LIKE_AUTH0);
  });

  afterAll(async () => {
    await both.stop();
  });

  test.each<[string, Compared]>([
    ["without an audience", of("shop")],
    ["for another API", of("shop", { audience: ORDERS })],
    ["for an unknown API", of("shop", { audience: "https://unknown.example.com" })],
    ["without a grant", of("nobody")],
    ["with a wrong scope", of("shop", { scope: "stock:read" })],
    ["with a wrong secret", { form: { ...GRANT, client_id: "shop", client_secret: "wrong" } }],
    ["without a client", { form: GRANT }],
    ["for the project itself", of("shop", { audience: "PROJECT" })],
  ])("answers as the server does: %s", async (_title, request) => {
    const { projectId } = both;
    const text = JSON.stringify(request).replace("PROJECT", projectId);
    await expectSameAnswer(both, JSON.parse(text) as Compared);
  });
});
