import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  clientKey,
  dpopProof,
} from "../../oauth/oauth-operations.js";
import { type BothIssuers, type Side, startBoth } from "./both-issuers.js";
import { type Compared, expectSameAnswer } from "./compared-answers.js";
import { everyKind, LIKE_AUTH0, ORDERS, SECRET } from "./setups.js";
import { GRANT, of, TOKEN_REQUESTS } from "./token-requests.js";

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
