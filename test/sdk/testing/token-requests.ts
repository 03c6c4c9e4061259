import { basicAuthorization } from "../../support/graphql-client.js";
import type { Compared } from "./compared-answers.js";
import { LEGACY, ORDERS, SECRET, SHORT, STOCK, STRICT } from "./setups.js";

export const GRANT = { grant_type: "client_credentials" };
/** A request of a client with its secret in the body. */
export const of = (client_id: string, others: Record<string, string> = {}): Compared => ({
  form: { ...GRANT, client_id, client_secret: SECRET, ...others },
});
const basic = (user: string, password: string, form: Record<string, string> = {}): Compared => ({
  form: { ...GRANT, ...form },
  headers: { authorization: basicAuthorization(user, password) },
});

/** Requests for tokens to issuers that are set up with `everyKind`. */
export const TOKEN_REQUESTS: Readonly<Record<string, Compared>> = {
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
