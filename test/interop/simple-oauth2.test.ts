import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { ClientCredentials, type ModuleOptions } from "simple-oauth2";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { createClient } from "../support/operations.js";
import { type ApiView, createApi, grantApi } from "./api-operations.js";

const MODES = ["header", "body"] as const;
const FORMATS = ["form", "json"] as const;

describe("simple-oauth2", () => {
  let server: LiveServer;
  let api: ApiView;
  let program: (options: ModuleOptions["options"], secret?: string) => ClientCredentials;

  beforeAll(async () => {
    server = await startLiveServer();
    api = await createApi(server.operator);
    const { clientId, clientSecret } = await createClient(server.operator);
    await grantApi(server.operator, clientId, api, ["read:invoices", "write:invoices"]);
    const path = new URL(server.issuer).pathname;
    const auth = {
      tokenHost: server.publicUrl,
      tokenPath: `${path}/oauth/token`,
      revokePath: `${path}/oauth/revoke`,
    };
    program = (options, secret = clientSecret) =>
      new ClientCredentials({
        client: { id: clientId, secret },
        auth,
        ...(options && { options }),
        // By default the library rejects the empty response of RFC 7009 section 2.2.
        http: { json: true },
      });
  });

  afterAll(async () => {
    await server.stop();
  });

  describe.each(MODES)("with credentials in the %s", (authorizationMethod) => {
    test.each(FORMATS)("gets a token for an audience with a %s body", async (bodyFormat) => {
      const { token, expired } = await program({ authorizationMethod, bodyFormat })
        .getToken({ audience: api.identifier, scope: ["read:invoices"] })
        .then((response) => ({ token: response.token, expired: response.expired(60) }));
      expect(token).toMatchObject({ token_type: "Bearer", scope: "read:invoices" });
      expect(expired).toBe(false);
      const claims = decodeJwt(String(token["access_token"]));
      expect(claims).toMatchObject({ aud: [api.identifier], scope: "read:invoices" });
    });

    test("is refused with a wrong secret", async () => {
      const refused = program({ authorizationMethod }, "wrong").getToken({});
      await expect(refused).rejects.toMatchObject({
        output: { statusCode: 401 },
        data: { payload: { error: "invalid_client" } },
      });
    });
  });

  test("is refused a scope that the client was not granted", async () => {
    const refused = program({}).getToken({ audience: api.identifier, scope: "delete:invoices" });
    await expect(refused).rejects.toMatchObject({
      output: { statusCode: 400 },
      data: { payload: { error: "invalid_scope" } },
    });
  });

  test("gets a token with the loose encoding of Basic, because a generated secret needs no encoding", async () => {
    const { token } = await program({ credentialsEncodingMode: "loose" }).getToken({});
    expect(token).toHaveProperty("access_token");
  });

  test("revokes its token", async () => {
    const token = await program({}).getToken({});
    await token.revoke("access_token");
    const answer = await server.operator.send(
      `mutation ($input: VerifyTokenInput!) { verifyToken(input: $input) { token { clientId } } }`,
      { input: { accessToken: token.token["access_token"] } },
    );
    expect(answer.errors[0]?.extensions.code).toBe("INVALID_TOKEN");
  });
});
