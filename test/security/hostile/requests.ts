import fc from "fast-check";
import { basicAuthorization } from "../../support/graphql-client.js";
import { type RawRequest, requestBytes } from "../../support/raw-http.js";
import { graphqlBodies, type KnownValues } from "./documents.js";
import { hostileJson, hostileJwt, hostileObject, hostileText } from "./values.js";

/** What a hostile caller may know of a server. */
export interface Knowledge {
  projectId: string;
  issuer: string;
  clientId: string;
  apiIdentifier: string;
  /** Values of the `Authorization` header, right or wrong. */
  authorizations: readonly string[];
  /** Values by the name of what takes them. */
  values: KnownValues;
}

type Headers = [string, string][];

/** A header cannot contain these, whatever sends it. */
const headerText = (text: string) => text.replace(/[^\x20-\x7e]/g, "").slice(0, 4000);

/** Requests come from many addresses, so that limits of one address hide nothing. */
const address: fc.Arbitrary<Headers> = fc.ipV4().map((ip): Headers => [["X-Forwarded-For", ip]]);

const authorization = ({ authorizations }: Knowledge): fc.Arbitrary<Headers> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<Headers>([]) },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(...authorizations, "", "Basic", "Bearer", "Bearer x")
        .map((value): Headers => [["Authorization", value]]),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(hostileText, hostileText, fc.boolean())
        .map(
          ([user, password, isBasic]): Headers => [
            [
              "Authorization",
              headerText(isBasic ? basicAuthorization(user, password) : `Bearer ${user}`),
            ],
          ],
        ),
    },
  );

const oddHeaders: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Headers>([]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "Accept",
          "Origin",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "X-Request-Id",
          "Cookie",
          "Range",
          "If-None-Match",
          "Content-Encoding",
          "Expect",
          "Upgrade",
          "User-Agent",
        ),
        hostileText,
      )
      .map(([name, value]): Headers => [[name, headerText(value)]]),
  },
);

const hosts = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("auth.example.test", "localhost") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "AUTH.example.test.",
      "auth.example.test:443",
      "[::1]:80",
      "user@auth.example.test",
      "%61.test",
      "1.2.3.4.5",
      "a b",
      "x".repeat(5000),
      "xn--",
      "é.test",
    ),
  },
);

function request(
  method: string,
  target: string,
  host: string,
  headers: readonly Headers[],
  body?: string,
): RawRequest {
  return { bytes: requestBytes(method, target, [["Host", host], ...headers.flat()], body) };
}

const prefixes = ({ projectId }: Knowledge) =>
  fc.constantFrom(
    "",
    `/projects/${projectId}`,
    "/projects/unknown",
    "/projects/%00",
    "/projects/__proto__",
    "/a/b",
    "/a/b/c",
    "/a/b/c/d",
    `/projects/${"x".repeat(300)}`,
  );

const tokenClaims = ({ issuer, clientId, projectId }: Knowledge) => ({
  iss: JSON.stringify(issuer),
  sub: JSON.stringify(clientId),
  client_id: JSON.stringify(clientId),
  aud: JSON.stringify([projectId]),
  exp: "1900000000",
  iat: "1772366400",
  nbf: "1772366400",
  jti: '"a"',
  htm: '"POST"',
  htu: JSON.stringify(`${issuer}/oauth/token`),
  nonce: '"a"',
  cnf: '{"jkt":"a"}',
  scope: '"read:users"',
});

const parameters = (known: Knowledge): fc.Arbitrary<[string, string]> => {
  const jwt = hostileJwt(tokenClaims(known));
  const or = (...right: string[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...right) },
      { weight: 1, arbitrary: hostileText },
    );
  const values: Record<string, fc.Arbitrary<string>> = {
    grant_type: or(
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
      "refresh_token",
    ),
    client_id: or(known.clientId, known.projectId, "unknown"),
    client_secret: or("wrong", "csk_wrong"),
    client_assertion: jwt,
    client_assertion_type: or("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    assertion: jwt,
    subject_token: jwt,
    subject_token_type: or("urn:ietf:params:oauth:token-type:jwt"),
    actor_token: jwt,
    requested_token_type: or("urn:ietf:params:oauth:token-type:access_token"),
    token: jwt,
    scope: or("read:users", "a ".repeat(50_000), `${"a:".repeat(60_000)}`, "read:* admin"),
    audience: or(known.apiIdentifier, known.projectId, "https://x.test"),
    resource: or(known.apiIdentifier, "https://x.test"),
  };
  const named = fc
    .constantFrom(...Object.keys(values))
    .chain((name) =>
      (values[name] as fc.Arbitrary<string>).map((value): [string, string] => [name, value]),
    );
  return fc.oneof(
    { weight: 9, arbitrary: named },
    { weight: 1, arbitrary: fc.tuple(hostileText, hostileText) },
  );
};

/** Percent-encodes lone surrogates too, which URLSearchParams would replace. */
const formEncode = (text: string) => encodeURIComponent(text.toWellFormed());

const METADATA = [
  "client_id",
  "client_name",
  "grant_types",
  "response_types",
  "token_endpoint_auth_method",
  "scope",
  "jwks",
  "jwks_uri",
  "dpop_bound_access_tokens",
];

/** Requests to every endpoint below an issuer. */
export function oauthRequests(known: Knowledge): fc.Arbitrary<RawRequest> {
  const list = fc.array(parameters(known), { maxLength: 7 });
  const unique = fc.uniqueArray(parameters(known), { maxLength: 9, selector: ([name]) => name });
  const bodies = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .oneof(unique, list)
        .map((pairs): [string, string] => [
          "application/x-www-form-urlencoded",
          pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&"),
        ]),
    },
    {
      weight: 3,
      arbitrary: unique.map((pairs): [string, string] => [
        "application/json",
        JSON.stringify(Object.fromEntries(pairs)),
      ]),
    },
    {
      weight: 2,
      arbitrary: hostileObject([...METADATA, "grant_type", "client_id", "scope", "token"]).map(
        (json): [string, string] => ["application/json", json],
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom(
          "application/json",
          "application/x-www-form-urlencoded",
          "text/plain",
          "",
          "x/y",
          "application/json; charset=utf-7",
        ),
        fc.oneof(
          hostileText,
          hostileJson,
          fc.constantFrom("a&".repeat(60_000), "%".repeat(60_000), "&=".repeat(40_000)),
        ),
      ),
    },
  );
  const paths = fc.oneof(
    prefixes(known).chain((prefix) =>
      fc
        .constantFrom(
          "token",
          "token",
          "introspect",
          "revoke",
          "register",
          `register/${known.clientId}`,
          "register/%00",
          "authorize",
          "verify",
        )
        .map((endpoint) => `${prefix}/oauth/${endpoint}`),
    ),
    fc.constantFrom(`/v1/public/${known.projectId}/oauth2/token`, "/v1/public/%00/oauth2/token"),
  );
  const methods = fc.oneof(
    { weight: 9, arbitrary: fc.constant("POST") },
    { weight: 1, arbitrary: fc.constantFrom("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD") },
  );
  const dpop = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Headers>([]) },
    {
      weight: 1,
      arbitrary: hostileJwt(tokenClaims(known)).map((jwt): Headers => [["DPoP", headerText(jwt)]]),
    },
  );
  return fc
    .tuple(methods, paths, hosts, authorization(known), address, oddHeaders, dpop, bodies)
    .map(([method, path, host, auth, from, odd, proof, [type, body]]) => {
      const headers: Headers[] = [auth, from, odd, proof];
      if (type !== "") headers.push([["Content-Type", type]]);
      return request(method, path, host, headers, body);
    });
}

/** Questions of a gateway about the request of a hostile caller. */
export function verifyRequests(known: Knowledge): fc.Arbitrary<RawRequest> {
  const queries = fc.oneof(
    { weight: 3, arbitrary: fc.constant(`audience=${formEncode(known.apiIdentifier)}`) },
    {
      weight: 3,
      arbitrary: fc
        .array(parameters(known), { maxLength: 4 })
        .map((pairs) =>
          pairs
            .map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`.slice(0, 8_000))
            .join("&"),
        ),
    },
    { weight: 1, arbitrary: hostileText.map((text) => headerText(text).replace(/[ #]/g, "")) },
  );
  const forwarded = fc.array(
    fc.tuple(
      fc.constantFrom(
        "X-Forwarded-Method",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Uri",
        "X-Forwarded-For",
        "Authorization",
        "DPoP",
      ),
      fc.oneof(
        fc.constantFrom("POST", "https", "api.example.com", "/orders", "//x", "http://x/", "*"),
        hostileText.map(headerText),
        hostileJwt(tokenClaims(known)).map((jwt) => headerText(`DPoP ${jwt}`)),
      ),
    ),
    { maxLength: 5 },
  );
  return fc
    .tuple(prefixes(known), queries, hosts, authorization(known), address, forwarded, oddHeaders)
    .map(([prefix, query, host, auth, from, headers, odd]) => {
      return request("GET", `${prefix}/oauth/verify?${query}`, host, [auth, from, headers, odd]);
    });
}

/** Requests for documents, and for paths that do not exist. */
export function documentRequests(known: Knowledge): fc.Arbitrary<RawRequest> {
  const { projectId } = known;
  const paths = fc.oneof(
    prefixes(known).chain((prefix) =>
      fc
        .constantFrom("jwks.json", "openid-configuration", "oauth-authorization-server", "none")
        .chain((name) =>
          fc.constantFrom(`${prefix}/.well-known/${name}`, `/.well-known/${name}${prefix}`),
        ),
    ),
    fc.constantFrom(
      "/",
      "/graphql",
      "/schema.graphql",
      "/healthz",
      "/readyz",
      "/nothing",
      "*",
      "//",
      "/%",
      "/%00",
      "/%ff",
      "/..%2f",
      "http://auth.example.test/healthz",
      "http://user@x/healthz",
      "http:///",
      "https://other.example/.well-known/jwks.json",
      `/v1/sessions/jwks/${projectId}`,
      "/v1/b2b/sessions/jwks/%00",
    ),
    hostileText.map((text) => `/${encodeURIComponent(text.toWellFormed()).slice(0, 9000)}`),
    hostileText.map((text) => `/.well-known/${headerText(text).replaceAll(" ", "")}`),
  );
  const queries = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: hostileText.map((text) => `?${headerText(text).replace(/[ #]/g, "")}`),
    },
  );
  const accepts = fc.constantFrom(
    "*/*",
    "text/html",
    "application/json",
    "application/jwk-set+json",
    ",;q=2,,",
    "a".repeat(3000),
    `${"a/b,".repeat(900)}`,
  );
  return fc
    .tuple(
      fc.constantFrom("GET", "GET", "HEAD", "OPTIONS", "POST", "TRACE", "PROPFIND"),
      paths,
      queries,
      hosts,
      accepts,
      address,
      oddHeaders,
    )
    .map(([method, path, query, host, accept, from, odd]) =>
      request(method, path + query, host, [[["Accept", accept]], from, odd]),
    );
}

export function graphqlRequests(known: Knowledge): fc.Arbitrary<RawRequest> {
  return fc
    .tuple(hosts, authorization(known), address, oddHeaders, graphqlBodies(known.values))
    .map(([host, auth, from, odd, body]) =>
      request(
        "POST",
        "/graphql",
        host,
        [[["Content-Type", "application/json"]], auth, from, odd],
        body,
      ),
    );
}

/** Bytes that are not quite HTTP: odd lines, wrong lengths, chunks, ends that never come. */
export function rawRequests(known: Knowledge): fc.Arbitrary<RawRequest> {
  const line = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("GET", "POST", "POST", "get", "G\0T", "", "CONNECT", "X".repeat(300)),
        fc.constantFrom(
          "/graphql",
          `/projects/${known.projectId}/oauth/token`,
          "/",
          "*",
          "",
          "graphql",
          "http://x/oauth/token",
          `/${"a".repeat(20_000)}`,
          "/\xff",
        ),
        fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", "", "http/1.1"),
      )
      .map((parts) => parts.join(" ")),
    hostileText,
  );
  const header = fc.oneof(
    fc.constantFrom(
      "Host: auth.example.test",
      "Host: other.example",
      "Host:",
      "Content-Length: 0",
      "Content-Length: 5",
      "Content-Length: 5, 5",
      "Content-Length: -1",
      "Content-Length: 99999999999",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding: x",
      "Content-Type: application/json",
      "Content-Type: application/x-www-form-urlencoded",
      "Expect: 100-continue",
      "Expect: x",
      "Upgrade: h2c",
      "Connection: upgrade, HTTP2-Settings",
      "Connection: close",
      " folded",
      "X: \u0001",
      ": x",
      `X: ${"a".repeat(20_000)}`,
    ),
    hostileText,
  );
  const body = fc.oneof(
    fc.constantFrom(
      "",
      "5\r\nhello\r\n0\r\n\r\n",
      "ffffffffffffffff\r\n",
      "zz\r\n",
      "0\r\n\r\n",
      '{"query":"{__typename}"}',
      "grant_type=client_credentials",
      "GET / HTTP/1.1\r\n\r\n",
    ),
    hostileText,
  );
  const end = fc.constantFrom("\r\n", "\n", "\r");
  return fc
    .tuple(line, fc.array(header, { maxLength: 6 }), body, end, fc.nat(), fc.boolean())
    .map(([first, headers, rest, newline, cut, isCut]) => {
      const text = [first, ...headers, "", rest].join(newline);
      const bytes = Buffer.from(text, "latin1");
      return { bytes: isCut ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes, isCutOff: true };
    });
}
