import { createPublicKey, type JsonWebKey, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, type JWK } from "jose";
import { Client } from "../../src/clients/client.entity.js";
import { TrustedAuthProfile } from "../../src/trusted-auth/profile.entity.js";
import {
  ASSERTION_TYPE,
  clientKey,
  dpopProof,
  epoch,
  GRANT,
  issuerFor,
  post,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { type KeyServer, startKeyServer } from "../support/key-server.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  base64urlOf,
  ED25519_IDENTITY,
  ed25519Jwk,
  forgeByExponentOne,
  forgeByIdentity,
  oddNumber,
  rocaModulus,
  rsaJwk,
} from "../support/weak-keys.js";
import {
  attest,
  attestFailure,
  CREATE_PROFILE,
  createProfile,
  profileInput,
} from "../trusted-auth/attestation-operations.js";
import { foreignIssuer, validClaims } from "../trusted-auth/foreign-issuer.js";

const METHOD = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" };

describe("a weak public key", () => {
  let server: TestServer;
  let keyServer: KeyServer;
  let organizationId: string;
  const withExponentOne = rsaJwk(2048, 1n);
  const identity = ed25519Jwk(ED25519_IDENTITY);

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    keyServer = await startKeyServer();
    organizationId = (await createOrganization(server.operator)).organizationId;
    await createMember(server.operator, organizationId);
  });

  beforeEach(() => {
    server.clock.advance(60);
  });

  afterAll(async () => {
    keyServer.stop();
    await server.stop();
  });

  type Forge = (header: object, claims: object) => string;
  const byExponentOne: Forge = (header, claims) =>
    forgeByExponentOne(header, claims, withExponentOne);
  const FORGERIES: [string, JsonWebKey, Forge][] = [
    ["RSA with e = 1", withExponentOne, byExponentOne],
    ["the identity of Ed25519", identity, forgeByIdentity],
  ];
  const assertionClaims = (clientId: string) => ({
    iss: clientId,
    sub: clientId,
    aud: issuerFor(server),
    exp: epoch(server) + 60,
    jti: randomUUID(),
  });
  const ask = (client_assertion: string) =>
    post(server, tokenPath(server), {
      ...GRANT,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion,
    });
  const reasonOf = async (profileId: string, token: string) =>
    (await attestFailure(server.operator, { profileId, token, organizationId }))["reason"];

  test.each(FORGERIES)(
    "at a profile's URL proves nothing: %s, with and without kid",
    async (_what, jwk, forge) => {
      const jwksUrl = keyServer.serve([{ ...jwk, kid: "weak" }]);
      const profileId = await createProfile(server.operator, { keys: { jwksUrl } });
      for (const header of [{ kid: "weak" }, {}]) {
        const token = forge(header, validClaims(server.clock));
        expect(await reasonOf(profileId, token)).toBe("KEY_SET_UNAVAILABLE");
      }
    },
  );

  test.each(FORGERIES)("at a client's URL proves nothing: %s", async (_what, jwk, forge) => {
    const keys = { jwksUrl: keyServer.serve([jwk]) };
    const { clientId } = await createClient(server.operator, { ...METHOD, keys });
    expect((await ask(forge({}, assertionClaims(clientId)))).body.error).toBe("invalid_client");
  });

  test.each(FORGERIES)("in a DPoP proof proves nothing: %s", async (_what, jwk, forge) => {
    const client = await createClient(server.operator);
    const withProof = (dpop: string) => requestToken(server, client, {}, { dpop });
    const challenge = await withProof(await dpopProof(server, await clientKey()));
    const claims = {
      htm: "POST",
      htu: `${issuerFor(server)}/oauth/token`,
      iat: epoch(server),
      jti: randomUUID(),
      nonce: challenge.headers.get("dpop-nonce"),
    };
    const answer = await withProof(forge({ typ: "dpop+jwt", jwk }, claims));
    expect(answer.body.error).toBe("invalid_dpop_proof");
    const own = await clientKey();
    const { nonce } = claims;
    expect((await withProof(await dpopProof(server, own, { claims: { nonce } }))).status).toBe(200);
  });

  test.each<[string, () => JsonWebKey]>([
    ["e = 1", () => withExponentOne],
    ["e = 2", () => rsaJwk(2048, 2n)],
    ["an exponent of 3064 bits", () => rsaJwk(3072, oddNumber(3064))],
    ["16,384 bits", () => ({ ...withExponentOne, e: "AQAB", n: base64urlOf(oddNumber(16_384)) })],
    [
      "ROCA's fingerprint",
      () => ({ ...withExponentOne, e: "AQAB", n: base64urlOf(rocaModulus()) }),
    ],
    ["the identity of Ed25519", () => identity],
  ])("is refused as a key of a profile and of a client: %s", async (_what, create) => {
    const jwk = create();
    const pem = createPublicKey({ key: jwk, format: "jwk" })
      .export({ type: "spki", format: "pem" })
      .toString();
    for (const publicKey of [{ jwk }, { pem }]) {
      const input = profileInput({ keys: { publicKeys: [publicKey] } });
      const refused = await server.operator.failure(CREATE_PROFILE, { input });
      expect(refused.message).toMatch(/^An? (?:RSA|Ed25519) key must/);
      const [form = ""] = Object.keys(publicKey);
      expect(refused.extensions["path"]).toEqual(["input", "keys", "publicKeys", 0, form]);
    }
  });

  test("that an older version has stored proves nothing", async () => {
    const thumbprint = await calculateJwkThumbprint(withExponentOne as JWK);
    const publicKeys = [
      { publicKeyId: thumbprint, algorithms: ["RS256" as const], jwk: withExponentOne as JWK },
    ];
    const key = await clientKey();
    const keys = { publicKeys: [{ pem: key.pem }] };
    const { clientId } = await createClient(server.operator, { ...METHOD, keys });
    const profileId = await createProfile(server.operator, { keys });
    await server.services.unitOfWork.write(async (manager) => {
      await manager.update(Client, { clientId }, { publicKeys });
      await manager.update(TrustedAuthProfile, { profileId }, { publicKeys });
    });
    const token = byExponentOne({}, validClaims(server.clock));
    expect(await reasonOf(profileId, token)).toBe("ALGORITHM");
    const answer = await ask(byExponentOne({}, assertionClaims(clientId)));
    expect(answer.body.error).toBe("invalid_client");
  });

  test("leaves the other keys of its set usable", async () => {
    const issuer = await foreignIssuer(server.clock);
    const weak = [withExponentOne, rsaJwk(3072, oddNumber(3064)), identity, { kty: "oct" }, {}];
    const jwksUrl = keyServer.serve([...weak, { ...issuer.jwk, kid: "good" }]);
    const profileId = await createProfile(server.operator, { keys: { jwksUrl } });
    for (const header of [{}, { kid: "good" }]) {
      const token = await issuer.token({}, header);
      await attest(server.operator, { profileId, token, organizationId });
    }
    const forged = byExponentOne({}, validClaims(server.clock));
    expect(await reasonOf(profileId, forged)).toBe("SIGNATURE");
  });
});
