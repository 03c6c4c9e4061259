import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jwtBearer, REFUSED, requestToken } from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile, UPDATE_PROFILE } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const APP = "7abcdefghijklmnop";
/** The claims of an access token of Cognito. */
const COGNITO = {
  iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example",
  aud: undefined,
  client_id: APP,
  token_use: "access",
};

describe("the claim of the audience", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
  });

  afterAll(async () => {
    await server.stop();
  });

  const profileWith = (settings: object) =>
    createProfile(operator, {
      issuer: COGNITO.iss,
      audience: APP,
      keys: { publicKeys: [{ pem: issuer.pem }] },
      canJitProvision: true,
      ...settings,
    });
  const attestWith = async (profileId: string, claims: object) =>
    attest(operator, { profileId, token: await issuer.token({ ...COGNITO, ...claims }) });
  const refusalOf = async (profileId: string, claims: object) => {
    const token = await issuer.token({ ...COGNITO, ...claims });
    const { code, ...refusal } = await attestFailure(operator, { profileId, token });
    expect(code).toBe("INVALID_TRUSTED_AUTH_TOKEN");
    return refusal;
  };

  test("is read from tokens without aud", async () => {
    const profileId = await profileWith({ audienceClaim: "client_id" });
    await attestWith(profileId, {});
    await attestWith(profileId, { client_id: ["other", APP] });
    for (const client_id of ["other", "", null, APP.toUpperCase(), [], [[APP]], { [APP]: APP }]) {
      const refusal = { reason: "AUDIENCE", claim: "client_id" };
      expect(await refusalOf(profileId, { client_id })).toEqual(refusal);
    }
  });

  test("may be anywhere in the token", async () => {
    const profileId = await profileWith({ audienceClaim: "https://example.com/app.azp" });
    await attestWith(profileId, { "https://example.com/app": { azp: APP } });
  });

  test("must be in the token", async () => {
    const profileId = await profileWith({ audienceClaim: "azp" });
    expect(await refusalOf(profileId, {})).toEqual({ reason: "CLAIM_MISSING", claim: "azp" });
    expect(await refusalOf(profileId, { aud: APP })).toEqual({
      reason: "CLAIM_MISSING",
      claim: "azp",
    });
  });

  test("does not make a token for somebody else acceptable", async () => {
    const profileId = await profileWith({ audienceClaim: "client_id" });
    for (const aud of ["https://api.example.com", ["https://api.example.com"], [], null, ""]) {
      expect(await refusalOf(profileId, { aud })).toEqual({ reason: "AUDIENCE", claim: "aud" });
    }
    await attestWith(profileId, { aud: APP });
    await attestWith(profileId, { aud: ["https://api.example.com", APP] });
  });

  test("is aud unless the profile names another one", async () => {
    const profileId = await profileWith({ audienceClaim: "client_id" });
    const input = { profileId, audienceClaim: null };
    await operator.request(UPDATE_PROFILE, { input });
    expect(await refusalOf(profileId, {})).toEqual({ reason: "CLAIM_MISSING", claim: "aud" });
    await attestWith(profileId, { aud: APP, client_id: undefined });
  });

  test("identifies a client at the token endpoint", async () => {
    const { clientId } = await createClient(operator);
    await profileWith({
      audienceClaim: "client_id",
      attributeMapping: {},
      canJitProvision: false,
      clientId,
      claimConditions: [{ claim: "scope", operator: "CONTAINS", values: ["orders/read"] }],
    });
    const request = async (claims: object) =>
      requestToken(server, jwtBearer(await issuer.token({ ...COGNITO, ...claims })));
    const scope = "orders/write orders/read";
    expect((await request({ scope })).status).toBe(200);
    for (const claims of [
      { scope, client_id: "other" },
      { scope, aud: "https://api.example.com" },
      { scope: "orders/read/all" },
    ]) {
      const { status, body } = await request(claims);
      expect({ status, body }).toEqual({ status: 400, body: REFUSED });
    }
  });
});
