import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type KeyServer, startKeyServer } from "../support/key-server.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import {
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  clientKey,
  GRANT,
  type OAuthAnswer,
  post,
  tokenPath,
} from "./oauth-operations.js";
import { githubProfile, githubToken, jwtBearer } from "./token-exchange-operations.js";

const METHOD = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" };

describe("refused assertions", () => {
  let server: TestServer;
  let keyServer: KeyServer;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true, trustedProxies: ["127.0.0.1"] });
    keyServer = await startKeyServer();
  });

  beforeEach(() => {
    server.clock.advance(60);
  });

  afterAll(async () => {
    keyServer.stop();
    await server.stop();
  });

  let addresses = 0;
  const newAddress = () => `198.51.100.${++addresses}`;
  const askFrom = (address: string, client_assertion: string) =>
    post(
      server,
      tokenPath(server),
      { ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion },
      { "x-forwarded-for": address },
    );
  const errorsOf = async (requests: Promise<OAuthAnswer>[]) =>
    (await Promise.all(requests)).map(({ status }) => status);
  const newClient = async () => {
    const key = await clientKey();
    const keys = { publicKeys: [{ pem: key.pem }] };
    const { clientId } = await createClient(server.operator, { ...METHOD, keys });
    return { clientId, good: () => assertion(server, clientId, key) };
  };
  const junk = async (clientId: string) => assertion(server, clientId, await clientKey());
  const wrongTimes = async (count: number, address: string, clientId: string) => {
    const statuses: number[] = [];
    for (let number = 0; number < count; number++) {
      statuses.push(...(await errorsOf([askFrom(address, await junk(clientId))])));
    }
    return statuses;
  };

  test("are limited to ten a minute for a client and an address, known or unknown", async () => {
    const { clientId, good } = await newClient();
    const secretClient = await createClient(server.operator);
    const address = newAddress();
    for (const id of [clientId, secretClient.clientId, "client_0000000000000000000000", "nobody"]) {
      const statuses = await wrongTimes(11, address, id);
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    }
    const refused = await askFrom(address, await good());
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // Neither another client nor another address is limited.
    const other = await newClient();
    expect((await askFrom(address, await other.good())).status).toBe(200);
    expect((await askFrom(newAddress(), await good())).status).toBe(200);
    server.clock.advance(61);
    expect((await askFrom(address, await good())).status).toBe(200);
  });

  test("do not lock a client out where it was in use", async () => {
    const { clientId, good } = await newClient();
    const address = newAddress();
    expect((await askFrom(address, await good())).status).toBe(200);
    expect((await wrongTimes(12, address, clientId)).slice(-2)).toEqual([429, 429]);
    expect((await askFrom(address, await good())).status).toBe(200);
  });

  test("count together with wrong secrets of the client", async () => {
    const client = await createClient(server.operator);
    const address = newAddress();
    await wrongTimes(9, address, client.clientId);
    const wrongSecret = () =>
      post(server, tokenPath(server), GRANT, {
        ...basicHeader({ ...client, clientSecret: "a wrong secret" }),
        "x-forwarded-for": address,
      });
    expect(await errorsOf([wrongSecret()])).toEqual([401]);
    expect(await errorsOf([wrongSecret()])).toEqual([429]);
  });

  test("do not look at the keys any more once the limit is reached", async () => {
    const served: JsonWebKey[] = [];
    const keys = { jwksUrl: keyServer.serve(served) };
    const { clientId } = await createClient(server.operator, { ...METHOD, keys });
    const address = newAddress();
    await wrongTimes(10, address, clientId);
    const from = server.logs().length;
    expect((await askFrom(address, await junk(clientId))).status).toBe(429);
    expect(server.logs().slice(from)).toContain('"limit":"failed-client-secret"');
    expect(server.logs().slice(from)).not.toContain("KEY_SET_UNAVAILABLE");
  });

  test("cost a few verifications, however many keys the client serves without kid", async () => {
    const pairs = Array.from({ length: 6 }, () => generateKeyPairSync("ed25519"));
    const jwksUrl = keyServer.serve(
      pairs.map(({ publicKey }) => publicKey.export({ format: "jwk" })),
    );
    const { clientId } = await createClient(server.operator, { ...METHOD, keys: { jwksUrl } });
    const by = async (index: number) => {
      const privateKey = pairs[index]?.privateKey as never;
      const key = { ...(await clientKey("EdDSA")), privateKey };
      return (await askFrom(newAddress(), await assertion(server, clientId, key))).status;
    };
    expect(await by(0)).toBe(200);
    expect(await by(4)).toBe(200);
    expect(await by(5)).toBe(401);
  });

  test("and refused tokens of other issuers are limited for an address, and good tokens are not", async () => {
    const issuer = await foreignIssuer(server.clock);
    const { clientId } = await createClient(server.operator);
    await githubProfile(server.operator, issuer, clientId);
    const address = newAddress();
    const exchange = (token: string, from = address) =>
      post(server, tokenPath(server), jwtBearer(token), { "x-forwarded-for": from });
    const stranger = await foreignIssuer(server.clock);
    const forged = await githubToken(stranger);
    for (let number = 0; number < 600; number += 50) {
      const statuses = await errorsOf(Array.from({ length: 50 }, () => exchange(forged)));
      expect(new Set(statuses)).toEqual(new Set([400]));
    }
    expect((await exchange(forged)).status).toBe(429);
    expect((await exchange(forged, newAddress())).status).toBe(400);
    expect((await exchange(await githubToken(issuer))).status).toBe(200);
  });
});
