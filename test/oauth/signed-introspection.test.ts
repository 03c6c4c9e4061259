import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { createOrganization } from "../organizations/organization-operations.js";
import { authenticateFailure } from "../sessions/session-operations.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attestFailure, createProfile } from "../trusted-auth/attestation-operations.js";
import {
  type ApiView,
  basicHeader,
  createApi,
  createGrant,
  epoch,
  issueAccessToken,
  issuerFor,
  post,
  send,
} from "./oauth-operations.js";
import { jwtBearer, REFUSED, requestToken, tokenExchange } from "./token-exchange-operations.js";

const TYPE = "application/token-introspection+jwt";

describe("signed introspection (RFC 9701)", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let gateway: ClientView & Credentials;
  let api: ApiView;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    gateway = await createClient(server.operator, { name: "Gateway" });
    api = await createApi(server.operator, { introspectionClientId: gateway.clientId });
    await createGrant(server.operator, client, api);
    token = await issueAccessToken(server, client, { audience: api.identifier });
  });

  afterAll(async () => {
    await server.stop();
  });

  const path = () => `/projects/${server.projectId}/oauth/introspect`;
  const operator = () => ({
    authorization: basicAuthorization(server.projectId, server.managementSecret),
  });
  const introspect = (text: string, headers: Record<string, string>, accept?: string) =>
    post(server, path(), { token: text }, { ...headers, ...(accept && { accept }) });
  const signedBy = async (headers: Record<string, string>, text = token) => {
    const answer = await introspect(text, headers, TYPE);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(TYPE);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("vary")).toContain("Accept");
    return answer.text;
  };
  const verified = async (jwt: string) => {
    const keys = createRemoteJWKSet(
      new URL(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`),
    );
    return jwtVerify(jwt, keys, {
      issuer: issuerFor(server),
      typ: "token-introspection+jwt",
      currentDate: server.clock.now(),
    });
  };

  test("answers a resource server that asks for it with the same answer, signed for it alone", async () => {
    const json = await introspect(token, basicHeader(gateway));
    expect(json.body.active).toBe(true);
    const { payload, protectedHeader } = await verified(await signedBy(basicHeader(gateway)));
    expect(payload).toEqual({
      iss: issuerFor(server),
      aud: gateway.clientId,
      iat: epoch(server),
      token_introspection: json.body,
    });
    expect(protectedHeader).toEqual({
      alg: "RS256",
      typ: "token-introspection+jwt",
      kid: decodeProtectedHeader(token).kid,
    });
  });

  test("names the project in an answer to a management key", async () => {
    const { payload } = await verified(await signedBy(operator()));
    expect(payload.aud).toBe(server.projectId);
    expect(payload["token_introspection"]).toMatchObject({
      active: true,
      client_id: client.clientId,
    });
  });

  test("tells no more than JSON does", async () => {
    const stranger = await createClient(server.operator);
    for (const [headers, text] of [
      [basicHeader(stranger), token],
      [basicHeader(gateway), await issueAccessToken(server, client)],
      [basicHeader(gateway), "nonsense"],
    ] as const) {
      const { payload } = await verified(await signedBy(headers, text));
      expect(payload["token_introspection"]).toEqual({ active: false });
      expect(Object.keys(payload).sort()).toEqual(["aud", "iat", "iss", "token_introspection"]);
    }
  });

  test.each([
    [undefined, false],
    ["*/*", false],
    ["application/*", false],
    ["application/json", false],
    [`application/json, ${TYPE}`, false],
    [`application/json, ${TYPE};q=0.5`, false],
    ["application/jwt", false],
    [`application/json;q=0.5, ${TYPE}`, true],
    [TYPE.toUpperCase(), true],
  ])("with Accept %p is signed: %p", async (accept, isSigned) => {
    const { headers } = await introspect(token, basicHeader(gateway), accept);
    expect(headers.get("content-type")).toBe(isSigned ? TYPE : "application/json; charset=utf-8");
  });

  test("leaves errors as JSON", async () => {
    for (const [answer, status, error] of [
      [await introspect(token, {}, TYPE), 401, "invalid_client"],
      [await introspect("", operator(), TYPE), 400, "invalid_request"],
    ] as const) {
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(answer.body.error).toBe(error);
    }
  });

  test.each(["PS256", "ES256", "EdDSA"])(
    "is signed with the project's algorithm %s",
    async (alg) => {
      await updateProject(server.operator, { signingAlgorithm: alg.toUpperCase(), force: true });
      const { protectedHeader } = await verified(await signedBy(basicHeader(gateway)));
      expect(protectedHeader.alg).toBe(alg);
      await updateProject(server.operator, { signingAlgorithm: "RS256" });
    },
  );

  describe("gives nothing that passes for a token:", () => {
    /** The answer whose audience is that of the project's own tokens, and the one for a client. */
    const answers = async () => [await signedBy(operator()), await signedBy(basicHeader(gateway))];

    test("not for verifyToken, introspection or revocation", async () => {
      for (const jwt of await answers()) {
        for (const audience of [undefined, server.projectId, gateway.clientId]) {
          const input = { accessToken: jwt, ...(audience && { audience }) };
          const failure = await server.operator.failure(VERIFY_TOKEN, { input });
          expect(failure.extensions.code).toBe("INVALID_TOKEN");
        }
        expect((await introspect(jwt, operator())).body).toEqual({ active: false });
        const revocation = await post(
          server,
          `/projects/${server.projectId}/oauth/revoke`,
          { token: jwt },
          operator(),
        );
        expect([revocation.status, revocation.text]).toEqual([200, ""]);
      }
      expect((await introspect(token, operator())).body.active).toBe(true);
    });

    test("not as Bearer for the API or registration", async () => {
      const registration = `/projects/${server.projectId}/oauth/register`;
      for (const jwt of await answers()) {
        const bearer = new GraphqlClient(server.url, `Bearer ${jwt}`);
        const failure = await bearer.failure("{ project { projectId } }");
        expect(failure.extensions.code).toBe("UNAUTHENTICATED");
        const headers = { authorization: `Bearer ${jwt}` };
        expect((await post(server, registration, {}, headers)).status).toBe(401);
      }
    });

    test("not as a session JWT, of whichever profile", async () => {
      for (const sessionTokenProfile of ["STYTCH", "DEFAULT"]) {
        await updateProject(server.operator, { sessionTokenProfile });
        for (const jwt of await answers()) {
          const failure = await authenticateFailure(server.operator, { sessionJwt: jwt });
          expect(failure.code).toBe("SESSION_NOT_FOUND");
        }
      }
    });

    test("not for a profile that trusts this very project, nor for a client's grants", async () => {
      const [kid] = (await answers()).map((jwt) => decodeProtectedHeader(jwt).kid);
      const jwks = await send(server, `/projects/${server.projectId}/.well-known/jwks.json`);
      const jwk = jwks.body.keys.find((key: { kid: string }) => key.kid === kid);
      const trusted = {
        issuer: issuerFor(server),
        audience: server.projectId,
        keys: { publicKeys: [{ jwk }] },
      };
      const { organizationId } = await createOrganization(server.operator);
      const profileId = await createProfile(server.operator, {
        ...trusted,
        attributeMapping: { externalMemberId: "token_introspection.client_id" },
        canJitProvision: true,
      });
      await createProfile(server.operator, {
        ...trusted,
        attributeMapping: {},
        clientId: client.clientId,
        claimConditions: [
          { claim: "token_introspection.client_id", operator: "EQUALS", values: [client.clientId] },
        ],
      });
      const answer = await signedBy(operator());
      const attestation = { profileId, token: answer, organizationId };
      expect(await attestFailure(server.operator, attestation)).toMatchObject({
        code: "INVALID_TRUSTED_AUTH_TOKEN",
        reason: "CLAIM_MISSING",
      });
      for (const form of [tokenExchange(answer), jwtBearer(answer)]) {
        const { status, body } = await requestToken(server, form);
        expect([status, body]).toEqual([400, REFUSED]);
      }
    });

    test("and has no claim that a token needs beside iss, aud and iat", async () => {
      for (const jwt of await answers()) {
        expect(Object.keys(decodeJwt(jwt)).sort()).toEqual([
          "aud",
          "iat",
          "iss",
          "token_introspection",
        ]);
      }
    });
  });
});
