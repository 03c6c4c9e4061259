import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import {
  apiInput,
  CREATE_API,
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
  post,
} from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { authenticate, authenticateFailure, createSessionMember } from "./session-operations.js";

const API = "https://api.example.com";

describe("the profile of session JWTs", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let member: Awaited<ReturnType<typeof createSessionMember>>;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    member = await createSessionMember(server, server.operator);
    const api = await createApi(server.operator, { identifier: API, tokenProfile: "RFC9068" });
    await createGrant(server.operator, client, api);
  });

  afterAll(async () => {
    await server.stop();
  });

  const selectProfile = (sessionTokenProfile: string) =>
    updateProject(server.operator, { sessionTokenProfile });
  const sessionJwt = async (sessionTokenProfile: string, input: object = {}) => {
    await selectProfile(sessionTokenProfile);
    return (await member.startSession(input)).sessionJwt;
  };
  /** A resource server as the README configures it. */
  const verifyAsResourceServer = (token: string) => {
    const issuer = issuerFor(server);
    const keys = createRemoteJWKSet(
      new URL(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`),
    );
    const currentDate = server.clock.now();
    return jwtVerify(token, keys, { issuer, audience: API, typ: "at+jwt", currentDate });
  };

  test("is DEFAULT unless it is set", async () => {
    const read = async () =>
      (await server.operator.request("{ project { sessionTokenProfile } }")).project
        .sessionTokenProfile;
    expect(await read()).toBe("DEFAULT");
    await selectProfile("STYTCH");
    expect(await read()).toBe("STYTCH");
    await selectProfile("DEFAULT");
  });

  test("DEFAULT passes no verifier of access tokens, not even one that looks at the audience alone", async () => {
    const jwt = await sessionJwt("DEFAULT");
    expect(decodeProtectedHeader(jwt).typ).toBe("session+jwt");
    expect(decodeJwt(jwt).aud).toBe(`${issuerFor(server)}/sessions`);
    await expect(verifyWithPublishedKeys(server, jwt)).rejects.toThrow('unexpected "aud"');
    await expect(verifyAsResourceServer(jwt)).rejects.toThrow();
    const audience = `${issuerFor(server)}/sessions`;
    await verifyWithPublishedKeys(server, jwt, { audience, typ: "session+jwt" });
  });

  test("STYTCH gives Stytch's claims, which pass a verifier that looks at the audience alone", async () => {
    const jwt = await sessionJwt("STYTCH", { sessionCustomClaims: { plan: "pro" } });
    expect(decodeProtectedHeader(jwt).typ).toBe("JWT");
    const { payload } = await verifyWithPublishedKeys(server, jwt);
    expect(payload).toEqual({
      iss: issuerFor(server),
      sub: member.memberId,
      aud: [server.projectId],
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: expect.any(Number),
      jti: expect.any(String),
      plan: "pro",
      "https://stytch.com/session": {
        id: expect.stringMatching(/^session_/),
        started_at: expect.any(String),
        last_accessed_at: expect.any(String),
        expires_at: expect.any(String),
        authentication_factors: [expect.objectContaining({ type: "trusted_auth_token" })],
        roles: [],
      },
      "https://stytch.com/organization": {
        organization_id: member.organizationId,
        slug: expect.any(String),
      },
    });
  });

  test("a resource server that checks what the README says refuses every session JWT", async () => {
    await verifyAsResourceServer(await issueAccessToken(server, client, { audience: API }));
    for (const profile of ["DEFAULT", "STYTCH"]) {
      await expect(verifyAsResourceServer(await sessionJwt(profile))).rejects.toThrow();
    }
  });

  test.each(["DEFAULT", "STYTCH"])(
    "%s session JWTs are no access tokens for this server, and access tokens no sessions",
    async (profile) => {
      const jwt = await sessionJwt(profile);
      const { aud } = decodeJwt(jwt);
      for (const audience of [undefined, String(aud), server.projectId, API]) {
        for (const caller of [server.anonymous, server.operator]) {
          const { extensions } = await caller.failure(VERIFY_TOKEN, {
            input: { accessToken: jwt, audience },
          });
          expect(extensions.code).toBe("INVALID_TOKEN");
        }
      }
      const authorization = basicAuthorization(server.projectId, server.managementSecret);
      const path = `/projects/${server.projectId}/oauth/introspect`;
      const introspected = await post(server, path, { token: jwt }, { authorization });
      expect(introspected.body).toEqual({ active: false });

      const accessTokens = [
        (await issueToken(server.anonymous, client)).accessToken,
        await issueAccessToken(server, client, { audience: API }),
      ];
      for (const accessToken of accessTokens) {
        const failure = await authenticateFailure(server.anonymous, { sessionJwt: accessToken });
        expect(failure).toEqual({ code: "SESSION_NOT_FOUND" });
      }
    },
  );

  test("a session keeps its JWTs through a change of the profile", async () => {
    for (const [before, after] of [
      ["DEFAULT", "STYTCH"],
      ["STYTCH", "DEFAULT"],
    ] as const) {
      const jwt = await sessionJwt(before);
      await selectProfile(after);
      const renewed = await authenticate(server.anonymous, { sessionJwt: jwt });
      const typ = after === "STYTCH" ? "JWT" : "session+jwt";
      expect(decodeProtectedHeader(renewed.sessionJwt).typ).toBe(typ);
    }
  });

  test.each(["scope", "scp", "authorities", "roles", "client_id", "https://stytch.com/session"])(
    "custom claims cannot set %s",
    async (claim) => {
      const { sessionToken } = await member.startSession();
      const sessionCustomClaims = { [claim]: "admin" };
      const failure = await authenticateFailure(
        server.operator,
        { sessionToken },
        { sessionCustomClaims },
      );
      expect(failure).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "sessionCustomClaims", claim],
      });
    },
  );

  test("no API has the audience of session JWTs", async () => {
    const input = apiInput({ identifier: `${issuerFor(server)}/sessions` });
    const { extensions } = await server.operator.failure(CREATE_API, { input });
    expect(extensions).toEqual({ code: "ALREADY_EXISTS", path: ["input", "identifier"] });
  });
});
