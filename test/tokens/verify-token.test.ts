import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from "jose";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { keyPair } from "../support/key-pairs.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  issueToken,
  updateClient,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

describe("verifyToken", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let accessToken: string;

  beforeAll(async () => {
    server = await startTestServer();
    await updateProject(server.operator, {
      claimsTemplate: '{ "tier": {{ client.trusted_metadata.tier }} }',
    });
    client = await createClient(server.operator, {
      scopes: ["read:users", "write:*", "plain"],
      trustedMetadata: { tier: "gold" },
    });
    ({ accessToken } = await issueToken(server.anonymous, client));
  });

  afterAll(async () => {
    await server.stop();
  });

  const verify = async (token: string, options: object = {}, as = server.anonymous) =>
    (await as.request(VERIFY_TOKEN, { input: { accessToken: token, ...options } })).verifyToken
      .token;
  const refusal = async (token: string, options: object = {}, as = server.anonymous) =>
    (await failure(token, options, as)).extensions;
  const failure = async (token: string, options: object = {}, as = server.anonymous) =>
    as.failure(VERIFY_TOKEN, { input: { accessToken: token, ...options } });
  /** All that a caller without a management key gets to know. */
  const expectInvalid = async (token: string, options: object = {}) => {
    const { message, extensions } = await failure(token, options);
    expect(message).toBe("The access token is not valid");
    expect(extensions).toEqual({ code: "INVALID_TOKEN" });
  };

  test.each(["\n", " "])("says of %j after a token that it is in the way", async (end) => {
    const { message, extensions } = await failure(`${accessToken}${end}`);
    expect(message).toBe(
      "White space surrounds the access token, such as the newline of a file: remove it",
    );
    expect(extensions.code).toBe("INVALID_TOKEN");
  });

  test("returns the contents of a valid token", async () => {
    const { exp = 0, iat = 0, jti } = decodeJwt(accessToken);
    expect(await verify(accessToken)).toEqual({
      clientId: client.clientId,
      subject: client.clientId,
      issuer: `${PUBLIC_URL}/projects/${server.projectId}`,
      audience: [server.projectId],
      scopes: ["read:users", "write:*", "plain"],
      jti,
      issuedAt: new Date(iat * 1000).toISOString(),
      expiresAt: new Date(exp * 1000).toISOString(),
      customClaims: { tier: "gold" },
      confirmation: null,
    });
  });

  test("returns no scopes for a token without any", async () => {
    const { accessToken: unscoped } = await issueToken(server.anonymous, client, { scopes: [] });
    expect((await verify(unscoped)).scopes).toEqual([]);
    expect(await refusal(unscoped, { requiredScopes: ["plain"] })).toEqual({
      code: "INVALID_SCOPE",
      path: ["input", "requiredScopes", 0],
    });
  });

  test("checks required scopes, and lets write:* cover write:users", async () => {
    for (const requiredScopes of [
      [],
      ["plain"],
      ["read:users", "plain"],
      ["write:users"],
      ["write:*", "write:anything"],
    ]) {
      await verify(accessToken, { requiredScopes });
    }
    for (const [requiredScopes, at] of [
      [["read:*"], 0],
      [["plain", "read:other"], 1],
      [["read"], 0],
      [["plain:users"], 0],
      [["writers:users"], 0],
    ] as const) {
      expect(await refusal(accessToken, { requiredScopes })).toEqual({
        code: "INVALID_SCOPE",
        path: ["input", "requiredScopes", at],
      });
    }
  });

  test("refuses a token with any tampered part", async () => {
    const [header = "", payload = "", signature = ""] = accessToken.split(".");
    const claims = decodeJwt(accessToken);
    const forged = encode({ ...claims, scope: "admin" });
    for (const token of [
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${encode({ ...decodeProtectedHeader(accessToken), kid: "jwk_unknown" })}.${payload}.${signature}`,
      `${accessToken}x`,
      `x.${accessToken}`,
    ]) {
      await expectInvalid(token);
    }
  });

  test("logs a refusal with its reason, and without a stack", async () => {
    const before = server.logs().length;
    for (const token of [`${accessToken.slice(0, -4)}AAAA`, "x"]) {
      const { headers } = await server.anonymous.send(VERIFY_TOKEN, {
        input: { accessToken: token },
      });
      const reqId = headers.get("x-request-id");
      const [refused] = server
        .logs()
        .slice(before)
        .split("\n")
        .filter((line) => line.includes(`"reqId":"${reqId}"`))
        .map((line) => JSON.parse(line));
      expect(refused).toMatchObject({ code: "INVALID_TOKEN", msg: "refused" });
      expect(refused.refusal).toMatch(/^(?:SIGNATURE|MALFORMED)$/);
    }
    expect(server.logs().slice(before)).not.toContain("stack");
  });

  test("refuses text that is not a token", async () => {
    const deep = encode({ iss: `${PUBLIC_URL}/projects/a\u0000b` });
    for (const token of [
      "x",
      "a.b.c",
      "....",
      "{}",
      "\u0000",
      `${encode({ alg: "RS256" })}.${deep}.x`,
    ]) {
      await expectInvalid(token);
    }
    for (const token of ["", "x".repeat(40_961)]) {
      expect(await refusal(token)).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "accessToken"],
      });
    }
    await expectInvalid("x".repeat(40_960));
  });

  test("refuses an unsigned token", async () => {
    const payload = encode(decodeJwt(accessToken));
    for (const alg of ["none", "None", "NONE", ""]) {
      const header = encode({ ...decodeProtectedHeader(accessToken), alg });
      await expectInvalid(`${header}.${payload}.`);
    }
  });

  test("refuses a token that is signed with the public key as a shared secret", async () => {
    const jwks = await fetch(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`);
    const body = await jwks.text();
    const { keys } = JSON.parse(body) as { keys: { n: string }[] };
    const header = encode({ ...decodeProtectedHeader(accessToken), alg: "HS256" });
    const input = `${header}.${encode(decodeJwt(accessToken))}`;
    for (const secret of [body, JSON.stringify(keys[0]), keys[0]?.n ?? ""]) {
      const signature = createHmac("sha256", secret).update(input).digest("base64url");
      await expectInvalid(`${input}.${signature}`);
    }
  });

  test("refuses a token with another party's signature under the right key id", async () => {
    const { privateKey } = await keyPair("RS256");
    const header = decodeProtectedHeader(accessToken) as { alg: string };
    await expectInvalid(
      await new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header).sign(privateKey),
    );
  });

  test("refuses a JWT of the project's key that is not one of its access tokens", async () => {
    const claims = decodeJwt(accessToken) as JWTPayload & { iat: number; exp: number };
    const sign = (typ: string, changes: JWTPayload) =>
      server.services.signingKeys.sign(server.projectId, {
        algorithm: "RS256",
        typ,
        claims: { ...claims, ...changes },
      });
    await verify(await sign("JWT", {}));
    for (const token of [
      await sign("session+jwt", {}),
      await sign("JWT", { iss: "https://elsewhere.example" }),
      await sign("JWT", { aud: ["https://api.example.com"] }),
      await sign("JWT", { client_id: undefined }),
      await sign("JWT", { client_id: 1 }),
      await sign("JWT", { sub: "client_nobody" }),
      await sign("JWT", { nbf: (claims.nbf ?? 0) + 3600 }),
      await sign("JWT", { exp: claims.iat ?? 0 }),
    ]) {
      await expectInvalid(token);
    }
  });

  test("accepts a token without scopes, in every profile", async () => {
    const client = await createClient(server.operator, { scopes: [] });
    const grants = ["DEFAULT", "RFC9068", "AUTH0"].map(async (tokenProfile) => {
      const api = await createApi(server.operator, { tokenProfile, scopes: [] });
      await createGrant(server.operator, client, api);
      const { accessToken: token, scope } = await issueToken(server.anonymous, client, {
        audience: api.identifier,
      });
      expect((await verify(token, { audience: api.identifier })).scopes).toEqual([]);
      expect(scope).toBe(tokenProfile === "DEFAULT" ? "" : null);
      expect(decodeJwt(token)["scope"]).toBe(tokenProfile === "DEFAULT" ? "" : undefined);
      const requiredScopes = ["read:users"];
      const refused = await refusal(token, { audience: api.identifier, requiredScopes });
      expect(refused.code).toBe("INVALID_SCOPE");
    });
    await Promise.all(grants);
  });

  test("separates the tokens of projects", async () => {
    const other = await server.otherProject();
    const { projectId } = other;
    const foreignClient = await createClient(other.operator);
    const { accessToken: foreign } = await issueToken(server.anonymous, foreignClient, {
      projectId,
    });
    expect((await verify(foreign)).clientId).toBe(foreignClient.clientId);
    expect((await verify(foreign, {}, other.operator)).clientId).toBe(foreignClient.clientId);
    expect(await refusal(foreign, {}, server.operator)).toEqual({ code: "INVALID_TOKEN" });
    expect(await refusal(accessToken, {}, other.operator)).toEqual({ code: "INVALID_TOKEN" });
    const claims = decodeJwt(accessToken) as JWTPayload & { iat: number; exp: number };
    const forged = { algorithm: "RS256" as const, typ: "JWT", claims };
    await expectInvalid(await server.services.signingKeys.sign(projectId, forged));
  });

  describe("tells a caller of the project which check failed:", () => {
    const reasonOf = async (token: string, options: object = {}, as = server.operator) => {
      const { message, extensions } = await failure(token, options, as);
      expect(extensions).toEqual({ code: "INVALID_TOKEN" });
      return message;
    };
    const signed = (typ: string, changes: JWTPayload) => {
      const valid = decodeJwt(accessToken) as JWTPayload & { iat: number; exp: number };
      const claims = { ...valid, ...changes } as typeof valid;
      const jwt = { algorithm: "RS256" as const, typ, claims };
      return server.services.signingKeys.sign(server.projectId, jwt);
    };

    test.each<[string, () => Promise<string> | string, object, RegExp]>([
      ["form", () => "x", {}, /not a well-formed signed JWT/],
      [
        "type",
        () => signed("session+jwt", {}),
        {},
        /session's and no access token: authenticateSession/,
      ],
      ["signature", () => `${accessToken.slice(0, -4)}AAAA`, {}, /signing key .* signature/],
      ["issuer", () => signed("JWT", { iss: "https://x.test" }), {}, /another issuer/],
      ["audience", () => accessToken, { audience: "https://x.test" }, /another audience/],
      ["a claim", () => signed("JWT", { jti: undefined }), {}, /lacks a claim/],
      ["expiry", () => signed("JWT", { exp: 1 }), {}, /has expired/],
      ["start", () => signed("JWT", { nbf: 9_999_999_999 }), {}, /not yet valid/],
      ["an earlier client", () => signed("JWT", { jti: randomUUID() }), {}, /client is inactive/],
      ["subject", () => signed("JWT", { sub: "client_nobody" }), {}, /sub is not its client/],
      ["client", () => signed("JWT", { sub: "x", client_id: "x" }), {}, /client is inactive/],
    ])("%s", async (_, token, options, message) => {
      expect(await reasonOf(await token(), options)).toMatch(message);
      await expectInvalid(await token(), options);
    });

    test("age and revocation", async () => {
      const { accessToken: token } = await issueToken(server.anonymous, client);
      server.clock.advance(61);
      expect(await reasonOf(token, { maxTokenAgeSeconds: 60 })).toMatch(/maxTokenAgeSeconds/);
      await server.operator.request(
        "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }",
        { input: { accessToken: token } },
      );
      expect(await reasonOf(token)).toMatch(/has been revoked/);
    });

    test("whatever the management key's permissions are, but no caller of another project", async () => {
      expect(await reasonOf("x", {}, await server.keyWith("clients:read"))).toMatch(/well-formed/);
      const other = await server.otherProject();
      // Its own keys are the only ones that it gets to know about.
      expect(await reasonOf(accessToken, {}, other.operator)).toMatch(/No signing key/);
    });
  });

  test("may be called once per request", async () => {
    const { status, errors } = await server.operator.send(
      `mutation ($input: VerifyTokenInput!) {
        a: verifyToken(input: $input) { token { jti } } b: verifyToken(input: $input) { token { jti } }
      }`,
      { input: { accessToken } },
    );
    expect(status).toBe(400);
    expect(errors[0]?.message).toMatch(/^A request may contain only one of /);
  });

  test("refuses a caller with a wrong management key", async () => {
    const wrongKey = server.withKey(server.projectId, "wrong");
    expect((await refusal(accessToken, {}, wrongKey)).code).toBe("UNAUTHENTICATED");
  });

  test("refuses a token whose client is inactive or deleted", async () => {
    const owner = await createClient(server.operator);
    const { clientId } = owner;
    const { accessToken: token } = await issueToken(server.anonymous, owner);
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    await expectInvalid(token);
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
    await verify(token);
    await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    await expectInvalid(token);
  });

  test.each([0, -1])("refuses a maximum age of %i seconds", async (maxTokenAgeSeconds) => {
    expect(await refusal(accessToken, { maxTokenAgeSeconds })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "maxTokenAgeSeconds"],
    });
  });

  test("refuses a malformed required scope", async () => {
    expect(await refusal(accessToken, { requiredScopes: ["plain", "a b"] })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "requiredScopes", 1],
    });
  });

  test("refuses a token that exceeds the maximum age or has expired", async () => {
    const { accessToken: token } = await issueToken(server.anonymous, client);
    server.clock.advance(120);
    await verify(token, { maxTokenAgeSeconds: 120 });
    server.clock.advance(1);
    await expectInvalid(token, { maxTokenAgeSeconds: 120 });
    await verify(token);
    server.clock.advance(3600 - 122);
    await verify(token);
    server.clock.advance(1);
    await expectInvalid(token);
  });
});
