import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { HttpServer, SeenRequest } from "./http-servers.js";
import { ProtectedServers } from "./protected-servers.js";
import { tokenAnswer } from "./scripted-endpoint.js";

describe("the fetch of a token source with DPoP", () => {
  let servers: ProtectedServers;
  let api: HttpServer;
  let elsewhere: HttpServer;

  beforeAll(async () => {
    servers = await ProtectedServers.start();
    ({ api, elsewhere } = servers);
  });

  afterAll(() => servers.stop());

  beforeEach(() => {
    servers.reset();
  });

  const bound = () => {
    servers.endpoint.script = (_, number) => tokenAnswer(`token-${number}`, { token_type: "DPoP" });
    return servers.source({ dpop: true });
  };
  const claimsOf = ({ dpop = "" }: SeenRequest) => decodeJwt(dpop);

  test("proves each request anew, for its URL without query, and for its token", async () => {
    const tokens = bound();
    await tokens.fetch(`${api.origin}/orders?page=2#x`, { method: "DELETE" });
    await tokens.fetch(`${api.origin}/orders`);
    const [first, second] = api.requests.map(claimsOf);
    expect(api.requests[0]?.authorization).toBe("DPoP token-1");
    expect(first).toMatchObject({
      htm: "DELETE",
      htu: `${api.origin}/orders`,
      ath: createHash("sha256").update("token-1").digest("base64url"),
    });
    expect(second?.jti).not.toBe(first?.jti);
    const header = decodeProtectedHeader(api.requests[0]?.dpop ?? "");
    expect(header).toMatchObject({ typ: "dpop+jwt", alg: "ES256", jwk: { kty: "EC" } });
    expect(header.jwk).not.toHaveProperty("d");
  });

  test("uses the nonces of each origin, also those of successful answers", async () => {
    let nonce = "nonce-1";
    api.handler = (seen, response) => {
      const isRight = claimsOf(seen)["nonce"] === nonce;
      if (isRight) nonce = `nonce-${api.requests.length + 1}`;
      const challenge = isRight ? {} : { "www-authenticate": 'DPoP error="use_dpop_nonce"' };
      response.writeHead(isRight ? 200 : 401, { "dpop-nonce": nonce, ...challenge }).end();
    };
    const tokens = bound();
    for (let call = 0; call < 3; call++) {
      expect((await tokens.fetch(api.origin, { method: "POST", body: "x" })).status).toBe(200);
    }
    expect(api.requests).toHaveLength(4);
    await tokens.fetch(elsewhere.origin);
    expect(claimsOf(elsewhere.requests[0] as SeenRequest)).not.toHaveProperty("nonce");
  });

  test("signs a proof for each hop on the origin, and sends none elsewhere", async () => {
    api.handler = ({ path }, response) => {
      const location = path === "/start" ? "/next" : `${elsewhere.origin}/there`;
      response.writeHead(302, { location }).end();
    };
    await bound().fetch(`${api.origin}/start`);
    expect(api.requests.map((seen) => claimsOf(seen)["htu"])).toEqual([
      `${api.origin}/start`,
      `${api.origin}/next`,
    ]);
    expect(elsewhere.requests[0]).toMatchObject({ authorization: undefined, dpop: undefined });
  });

  test("refuses a token that the server did not bind", async () => {
    const tokens = bound();
    servers.endpoint.script = () => tokenAnswer("token-1");
    await expect(tokens.fetch(api.origin)).rejects.toThrow("token_type is not DPoP");
  });
});
