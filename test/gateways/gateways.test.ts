import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type ApiView,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  dpopProof,
  issueAccessToken,
  requestToken,
} from "../oauth/oauth-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { describeUnlessMissing } from "../support/left-out.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { caddy, type Gateway, type GatewayProgram, nginx } from "./gateway-programs.js";
import { type Answer, sendThrough } from "./gateway-requests.js";
import { type Recorder, startRecorder, startRelay } from "./recorded-requests.js";

const AUDIENCE = "https://orders.example.com";
const IDENTITY = ["x-auth-client-id", "x-auth-subject", "x-auth-scope"];

describe.each([nginx, caddy])("docs/gateways.md", (program: GatewayProgram) => {
  describeUnlessMissing(program.missing, `an API behind ${program.name}`, () => {
    let server: TestServer;
    let relay: Recorder;
    let behind: Recorder;
    let gateway: Gateway;
    let api: ApiView;
    let client: ClientView & Credentials;
    let token: string;

    beforeAll(async () => {
      server = await startTestServer({ trustedProxies: ["127.0.0.1"] });
      relay = await startRelay(() => server.url);
      behind = await startRecorder();
      const places = { countersign: relay.url, api: behind.url, projectId: server.projectId };
      gateway = await program.start(places);
      api = await createApi(server.operator, {
        identifier: AUDIENCE,
        scopes: [{ value: "read:orders" }, { value: "write:orders" }],
      });
      client = await clientWith(["read:orders"]);
      token = await tokenOf(client);
    });

    beforeEach(() => {
      relay.take();
      behind.take();
    });

    afterAll(async () => {
      await gateway?.stop();
      await Promise.all([relay?.stop(), behind?.stop()]);
      await server?.stop();
    });

    const clientWith = async (scopes: string[]) => {
      const created = await createClient(server.operator);
      await createGrant(server.operator, created, api, { scopes });
      return created;
    };
    const tokenOf = (of: Credentials, audience = AUDIENCE) =>
      issueAccessToken(server, of, { audience });
    const ask = (
      authorization: string | null,
      path = "/orders/1",
      headers: readonly (readonly [string, string])[] = [],
      options: {
        method?: string;
        body?: string;
        isChunked?: boolean;
        from?: string;
        host?: string;
      } = {},
    ) =>
      sendThrough(gateway.url + path, {
        ...options,
        headers: [
          ...(authorization === null ? [] : [["Authorization", authorization] as const]),
          ...headers,
        ],
      });
    const expectIn = async (asked: Promise<Answer>) => {
      const answer = await asked;
      expect([answer.status, answer.body]).toEqual([200, "the API's answer"]);
      const [request, ...others] = behind.take();
      expect(others).toEqual([]);
      if (!request) throw new Error("the API got no request");
      return request;
    };
    const expectOut = async (asked: Promise<Answer>, status: number, challenge: RegExp) => {
      const answer = await asked;
      expect([answer.status, answer.header("www-authenticate")]).toEqual([
        status,
        [expect.stringMatching(challenge)],
      ]);
      expect(behind.take()).toEqual([]);
    };
    const invalid = /^Bearer realm="countersign", error="invalid_token", DPoP /;

    test("gets a request with a good token, and who sent it", async () => {
      const request = await expectIn(ask(`Bearer ${token}`, "/orders/1?page=2"));
      expect(IDENTITY.map((name) => request.headers[name])).toEqual([
        client.clientId,
        client.clientId,
        "read:orders",
      ]);
      expect(request.url).toBe("/orders/1?page=2");
    });

    test("gets names as they are, which are no placeholders of the gateway", async () => {
      const odd = {
        clientId: "{env.HOME}{http.request.host}$host;<b>'#,:",
        clientSecret: "a secret of a client with an odd name",
      };
      await importClient(server.operator, odd);
      await createGrant(server.operator, odd, api, { scopes: ["read:orders"] });
      const request = await expectIn(ask(`Bearer ${await tokenOf(odd)}`));
      expect(request.headers["x-auth-client-id"]).toBe(odd.clientId);
    });

    test("gets the body, which this server does not, and the caller's method and address", async () => {
      const body = "x".repeat(100_000);
      const options = { method: "PUT", body, from: "127.0.0.2" };
      const request = await expectIn(ask(`Bearer ${token}`, "/orders/1?a=b", [], options));
      expect([request.method, request.body.length]).toEqual(["PUT", body.length]);
      const [asked] = relay.take();
      expect([asked?.method, asked?.body]).toEqual(["GET", ""]);
      expect(asked?.headers).toMatchObject({
        host: relay.url.host,
        "x-forwarded-for": "127.0.0.2",
        "x-forwarded-method": "PUT",
        "x-forwarded-proto": "http",
        "x-forwarded-host": new URL(gateway.url).host,
        "x-forwarded-uri": "/orders/1?a=b",
      });
    });

    test("gets a body without a length, which this server does not", async () => {
      const options = { method: "POST", body: "an order", isChunked: true };
      const request = await expectIn(ask(`Bearer ${token}`, "/orders", [], options));
      expect([request.method, request.body]).toEqual(["POST", "an order"]);
      const [asked] = relay.take();
      expect([asked?.method, asked?.body]).toEqual(["GET", ""]);
      expect(asked?.headers).not.toHaveProperty("transfer-encoding");
    });

    test("gets nothing with a token that is bad, expired, revoked, foreign or for another audience", async () => {
      await expectOut(ask(null), 401, /^Bearer realm="countersign", DPoP /);
      await expectOut(ask("Bearer not.a.token"), 401, invalid);
      await expectOut(ask(`Bearer ${token.slice(0, -8)}AAAAAAAA`), 401, invalid);
      await expectOut(ask(`Bearer ${await issueAccessToken(server, client)}`), 401, invalid);

      const other = await server.otherProject();
      const same = await createApi(other.operator, {
        identifier: AUDIENCE,
        scopes: [{ value: "read:orders" }],
      });
      const stranger = await createClient(other.operator);
      await createGrant(other.operator, stranger, same);
      const at = { ...server, projectId: other.projectId };
      const foreign = await issueAccessToken(at, stranger, { audience: AUDIENCE });
      await expectOut(ask(`Bearer ${foreign}`), 401, invalid);

      const revoked = await tokenOf(client);
      await expectIn(ask(`Bearer ${revoked}`));
      await server.operator.request(
        "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }",
        { input: { accessToken: revoked } },
      );
      await expectOut(ask(`Bearer ${revoked}`), 401, invalid);

      const expired = await tokenOf(client);
      server.clock.advance(3601);
      await expectOut(ask(`Bearer ${expired}`), 401, invalid);
      token = await tokenOf(client);
    });

    test("gets nothing with a token that lacks the scope, and the caller is told which", async () => {
      const writing = await tokenOf(await clientWith(["write:orders"]));
      await expectIn(ask(`Bearer ${writing}`, "/other"));
      const missing =
        /^Bearer realm="countersign", error="insufficient_scope", scope="read:orders"$/;
      for (const path of ["/orders", "/orders/1", "/Orders/1", "/%6frders/1", "/%4fRDERS"]) {
        await expectOut(ask(`Bearer ${writing}`, path), 403, missing);
      }
      await expectOut(ask(`Bearer ${writing}`, "/orders", [], { method: "POST" }), 403, missing);
    });

    test("gets no path that it may read otherwise than the gateway does", async () => {
      const without = await tokenOf(await clientWith([]));
      const paths = [
        ...["//orders", "//x/orders", "/x//orders", "/x/../orders", "/orders/../x", "/orders/.."],
        ...["/./orders", "/orders/.", "/orders/..?page=2", "/x/%2e%2e/orders", "/orders/%2E./x"],
        ...["/x/..%2forders", "/orders/1/..%2F..%2fx", "/%2forders", "/x/..;/orders", "/;x/orders"],
        ...["/\\orders", "/x\\..\\orders", "/x%5c..%5corders"],
      ];
      for (const path of paths) {
        for (const authorization of [`Bearer ${without}`, `Bearer ${token}`]) {
          const { status } = await ask(authorization, path);
          expect([path, status]).toEqual([path, 400]);
        }
      }
      expect(behind.take()).toEqual([]);
      const usual = "/.well-known/a..b/...?next=//x/../y;z%2f";
      expect((await expectIn(ask(`Bearer ${without}`, usual))).url).toBe(usual);
    });

    test("is not asked for another protocol, in which nobody would verify requests", async () => {
      const upgrade = [
        ["Connection", "Upgrade"],
        ["Upgrade", "h2c"],
        ["HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"],
      ] as const;
      const request = await expectIn(ask(`Bearer ${token}`, "/orders", upgrade));
      expect(request.headers).not.toHaveProperty("upgrade");
      expect(request.headers.connection ?? "").not.toMatch(/upgrade/i);
    });

    test.each(["DEFAULT", "STYTCH"])("gets nothing with a session JWT (%s)", async (profile) => {
      await updateProject(server.operator, { sessionTokenProfile: profile });
      const { sessionJwt } = await (
        await createSessionMember(server, server.operator)
      ).startSession();
      await expectOut(ask(`Bearer ${sessionJwt}`, "/other"), 401, invalid);
      await updateProject(server.operator, { sessionTokenProfile: "DEFAULT" });
    });

    test("gets no forged X-Auth header, however it is written", async () => {
      const without = await tokenOf(await clientWith([]));
      const names = ["Scope", "Client-Id", "Subject"].flatMap((end) =>
        spellings(`X-Auth-${end}`).flatMap((name) => [
          name,
          name.toLowerCase(),
          name.toUpperCase(),
        ]),
      );
      for (const authorization of [`Bearer ${without}`, `Bearer ${token}`]) {
        const path = authorization.endsWith(token) ? "/orders" : "/other";
        const forged = names.map((name) => [name, "forged:all"] as const);
        // A request has a hundred headers at most in many servers.
        for (let at = 0; at < forged.length; at += 12) {
          const request = await expectIn(ask(authorization, path, forged.slice(at, at + 12)));
          expect(request.rawHeaders.join("\n")).not.toContain("forged");
        }
        const twice = [
          ["X-Auth-Scope", "forged:all"] as const,
          ["x-auth-scope", "forged:2"] as const,
        ];
        const request = await expectIn(ask(authorization, path, twice));
        expect(request.rawHeaders.join("\n")).not.toContain("forged");
        expect(request.headers["x-auth-scope"] ?? "").toBe(
          authorization.endsWith(token) ? "read:orders" : "",
        );
      }
    });

    test("is told who it was even if the caller names that in Connection (RFC 9110 section 7.6.1)", async () => {
      for (const named of [
        "X-Auth-Client-Id, X-Auth-Subject, X-Auth-Scope",
        "close, x-auth-scope",
      ]) {
        for (const more of [[], [["X-Auth-Scope", "forged:all"] as const]]) {
          const asked = ask(`Bearer ${token}`, "/orders", [["Connection", named], ...more]);
          const request = await expectIn(asked);
          expect(IDENTITY.map((name) => request.headers[name])).toEqual([
            client.clientId,
            client.clientId,
            "read:orders",
          ]);
        }
      }
      // Nor is the address of a caller that wants to be the gateway.
      const named = "X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Method";
      await expectIn(ask(`Bearer ${token}`, "/orders", [["Connection", named]]));
      expect(relay.take()[0]?.headers).toMatchObject({
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": new URL(gateway.url).host,
        "x-forwarded-method": "GET",
      });
    });

    test("is not reached, nor its verification, by the caller's Host, query or X-Forwarded headers", async () => {
      const chosen = [
        ["X-Forwarded-For", "198.51.100.7"],
        ["X-Forwarded-Host", "forged.example.com"],
        ["X-Forwarded-Uri", "/forged"],
        ["X-Forwarded-Method", "FORGED"],
      ] as const;
      await expectIn(ask(`Bearer ${token}`, "/orders?audience=x&scope=y", chosen));
      const [asked] = relay.take();
      expect(asked?.url).toMatch(
        /\?audience=https%3A%2F%2Forders\.example\.com&scope=read(:|%3A)orders$/,
      );
      const about = JSON.stringify(asked?.rawHeaders);
      expect(about).not.toMatch(/forged/i);
      expect(about).not.toContain("198.51.100.7");
      for (const path of ["/_verify", "/oauth/verify"]) {
        const answer = await ask(null, path);
        expect([401, 404]).toContain(answer.status);
      }
    });

    describe("with a DPoP-bound token", () => {
      let key: ClientKey;
      let bound: string;

      beforeAll(async () => {
        key = await clientKey();
        const audience = { audience: AUDIENCE };
        const first = { dpop: await dpopProof(server, key) };
        const challenged = await requestToken(server, client, audience, first);
        const nonce = challenged.headers.get("dpop-nonce");
        const dpop = await dpopProof(server, key, { claims: { nonce } });
        bound = (await requestToken(server, client, audience, { dpop })).body.access_token;
      });

      const proof = (claims: object = {}) =>
        dpopProof(server, key, {
          claims: {
            htm: "POST",
            htu: `${gateway.url}/orders/1`,
            ath: createHash("sha256").update(bound).digest("base64url"),
            ...claims,
          },
        });
      const post = { method: "POST", body: "an order" };

      test("lets the proof of the caller's own request in, once", async () => {
        const dpop = await proof();
        const askAgain = () => ask(`DPoP ${bound}`, "/orders/1?page=2", [["DPoP", dpop]], post);
        await expectIn(askAgain());
        await expectOut(askAgain(), 401, /DPoP .*, error="invalid_dpop_proof"/);
      });

      test("refuses it without a proof, or with that of another request", async () => {
        await expectOut(ask(`Bearer ${bound}`), 401, invalid);
        await expectOut(ask(`DPoP ${bound}`), 401, /error="invalid_dpop_proof"/);
        for (const claims of [{ htm: "GET" }, { htu: `${gateway.url}/other` }]) {
          const dpop = await proof(claims);
          await expectOut(
            ask(`DPoP ${bound}`, "/orders/1", [["DPoP", dpop]], post),
            401,
            /error="invalid_dpop_proof"/,
          );
        }
      });

      test("refuses the proof for another host, which the caller names as its own", async () => {
        for (const host of ["other.example", "127.0.0.1", "127.0.0.1:1"]) {
          const dpop = await proof({ htu: `http://${host}/orders/1` });
          await ask(`DPoP ${bound}`, "/orders/1", [["DPoP", dpop]], { ...post, host });
          expect(behind.take()).toEqual([]);
        }
      });
    });

    test("takes HTTP Basic where the project allows it, and throttles each caller alone", async () => {
      const basic = ({ clientId, clientSecret }: Credentials) =>
        basicAuthorization(clientId, clientSecret);
      await expectOut(ask(basic(client)), 401, /^Bearer realm="countersign", DPoP [^B]*$/);
      await updateProject(server.operator, { allowBasicVerification: true });
      const request = await expectIn(ask(basic(client)));
      expect(request.headers["x-auth-client-id"]).toBe(client.clientId);
      await expectOut(
        ask(basic({ ...client, clientSecret: "wrong" })),
        401,
        /, Basic realm="countersign", charset="UTF-8"$/,
      );
      const chosen = { clientId: "a-customer", clientSecret: "a secret that a customer chose" };
      await importClient(server.operator, chosen);
      await createGrant(server.operator, chosen, api, { scopes: ["read:orders"] });
      const from = (address: string, of: Credentials) =>
        ask(basic(of), "/orders", [["X-Forwarded-For", "127.0.0.9"]], { from: address });
      for (let attempt = 0; attempt < 10; attempt++) {
        const guess = { ...chosen, clientSecret: `guess ${attempt}` };
        expect((await from("127.0.0.2", guess)).status).toBe(401);
      }
      const throttled = await from("127.0.0.2", chosen);
      expect([throttled.status, throttled.header("retry-after")]).toEqual([429, ["60"]]);
      expect(behind.take()).toEqual([]);
      await expectIn(from("127.0.0.3", chosen));
      await updateProject(server.operator, { allowBasicVerification: false });
    });

    describe("with another configuration", () => {
      const places = () => ({
        ...{ countersign: relay.url, api: behind.url },
        projectId: server.projectId,
      });
      const startChanged = (change: (configuration: string) => string) =>
        program.start(places(), change);
      const headers = () => [["Authorization", `Bearer ${token}`] as const];

      test("lets everybody read the metadata of an MCP server, as nobody, and nothing else", async () => {
        const mcp = await startChanged((text) => program.protectMcp(text, places()));
        const metadata = "/.well-known/oauth-protected-resource/mcp";
        const forged = IDENTITY.map((name) => [name, "forged"] as const);
        await expectIn(sendThrough(mcp.url + metadata, { headers: forged })).then((request) => {
          expect(request.url).toBe(metadata);
          expect(IDENTITY.map((name) => request.headers[name] ?? "")).toEqual(["", "", ""]);
        });
        const missing = /^Bearer realm="countersign", DPoP /;
        for (const path of ["/mcp", `${metadata}/`, `${metadata}x`, "/.well-known/mcp"]) {
          await expectOut(sendThrough(mcp.url + path, {}), 401, missing);
        }
        await mcp.stop();
      });

      test("lets nobody in without an audience, and says that it is not the caller's fault", async () => {
        const wrong = await startChanged((text) => text.replace(/audience=[^&]*&/, ""));
        const { status } = await sendThrough(`${wrong.url}/orders`, { headers: headers() });
        expect([program.name, status]).toEqual([program.name, program === nginx ? 502 : 400]);
        expect(behind.take()).toEqual([]);
        await wrong.stop();
      });

      test("lets nobody in while this server is away", async () => {
        const { host } = relay.url;
        const away = await startChanged((text) => text.replaceAll(host, "127.0.0.1:9"));
        const { status } = await sendThrough(`${away.url}/orders`, { headers: headers() });
        expect(status).toBe(502);
        expect(behind.take()).toEqual([]);
        await away.stop();
      });

      test("lets nobody in for a project that does not exist", async () => {
        const wrong = await startChanged((text) => text.replaceAll(server.projectId, "nobody"));
        const { status } = await sendThrough(`${wrong.url}/orders`, { headers: headers() });
        expect([program.name, status]).toEqual([program.name, program === nginx ? 502 : 404]);
        expect(behind.take()).toEqual([]);
        await wrong.stop();
      });
    });
  });
});

/** The name with each of its hyphens, but for none, as an underscore. */
function spellings(name: string): string[] {
  const parts = name.split("-");
  return parts
    .slice(1)
    .reduce(
      (begun, part) => begun.flatMap((text) => [`${text}-${part}`, `${text}_${part}`]),
      [parts[0] ?? ""],
    );
}
