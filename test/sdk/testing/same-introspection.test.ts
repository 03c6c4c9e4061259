import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { clientKey } from "../../oauth/oauth-operations.js";
import { basicAuthorization } from "../../support/graphql-client.js";
import { type BothIssuers, type Side, startBoth } from "./both-issuers.js";
import { type Compared, expectSameAnswer } from "./compared-answers.js";
import { everyKind, ORDERS, SECRET } from "./setups.js";
import { of } from "./token-requests.js";

describe("an issuer of tests answers as the server does", () => {
  let both: BothIssuers;

  beforeAll(async () => {
    both = await startBoth(everyKind((await clientKey()).jwk));
  });

  afterAll(async () => {
    await both.stop();
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
});
