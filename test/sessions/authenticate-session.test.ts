import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from "jose";
import { updateMember } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient, issueToken, VERIFY_TOKEN } from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import {
  AUTHENTICATE_SESSION,
  authenticate,
  authenticateFailure,
  createSessionMember,
  REVOKE_SESSION,
} from "./session-operations.js";

const NOT_FOUND = { code: "SESSION_NOT_FOUND" };

describe("authenticateSession", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let started: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
    member = await createSessionMember(server, operator);
  });

  beforeEach(async () => {
    started = await member.startSession({ sessionCustomClaims: { plan: "pro" } });
  });

  afterAll(async () => {
    await server.stop();
  });

  const inMinutes = (minutes: number) =>
    new Date(server.clock.now().getTime() + minutes * 60_000).toISOString();

  test("returns the session of a session token, without any credentials of the caller", async () => {
    server.clock.advance(30);
    const { sessionToken } = started;
    expect(await authenticate(anonymous, { sessionToken })).toMatchObject({
      session: { ...started.session, lastAccessedAt: server.clock.now().toISOString() },
      member: { memberId: member.memberId, emailAddress: "ada@example.com" },
      organization: started.organization,
      sessionToken,
      sessionJwt: expect.any(String),
    });
  });

  test("returns the session of a session JWT, and no session token", async () => {
    const { sessionJwt } = started;
    const answer = await authenticate(anonymous, { sessionJwt });
    expect(answer.session.sessionId).toBe(started.session.sessionId);
    expect(answer.sessionToken).toBeNull();
    expect(answer.sessionJwt).not.toBe(sessionJwt);
  });

  test("issues JWTs that verify with the project's published keys", async () => {
    const { projectId } = server;
    const { payload, protectedHeader } = await verifyWithPublishedKeys(server, started.sessionJwt, {
      typ: "session+jwt",
      audience: `${PUBLIC_URL}/projects/${projectId}/sessions`,
    });
    expect(protectedHeader).toMatchObject({ typ: "session+jwt", alg: "RS256" });
    const now = Math.floor(server.clock.now().getTime() / 1000);
    const { session } = started;
    expect(payload).toEqual({
      iss: `${PUBLIC_URL}/projects/${projectId}`,
      sub: member.memberId,
      aud: `${PUBLIC_URL}/projects/${projectId}/sessions`,
      iat: now,
      nbf: now,
      exp: now + 300,
      jti: expect.any(String),
      plan: "pro",
      roles: [],
      session: {
        id: session.sessionId,
        started_at: session.startedAt,
        last_accessed_at: session.lastAccessedAt,
        expires_at: session.expiresAt,
        authentication_factors: [
          {
            type: "trusted_auth_token",
            delivery_method: "trusted_token_exchange",
            token_id: "foreign-session-1",
            profile_id: expect.any(String),
            last_authenticated_at: session.startedAt,
          },
        ],
      },
      organization: {
        organization_id: member.organizationId,
        slug: started.organization.slug,
      },
    });
  });

  test("issues no JWT that outlives the session", async () => {
    const short = await member.startSession({ sessionDurationMinutes: 5 });
    server.clock.advance(120);
    const { sessionJwt } = await authenticate(anonymous, { sessionToken: short.sessionToken });
    expect((decodeJwt(sessionJwt).exp ?? 0) * 1000).toBe(Date.parse(short.session.expiresAt));
  });

  test("renews an expired JWT while its session lives, and not afterwards", async () => {
    server.clock.advance(59 * 60);
    const { sessionJwt } = await authenticate(anonymous, { sessionJwt: started.sessionJwt });
    server.clock.advance(60);
    const { sessionToken } = started;
    for (const credential of [
      { sessionJwt },
      { sessionJwt: started.sessionJwt },
      { sessionToken },
    ]) {
      expect(await authenticateFailure(anonymous, credential)).toEqual(NOT_FOUND);
    }
    const extension = { sessionDurationMinutes: 60 };
    expect(await authenticateFailure(anonymous, { sessionToken }, extension)).toEqual(NOT_FOUND);
  });

  test("extends the session to a duration from now", async () => {
    const { sessionToken } = started;
    const { session } = await authenticate(
      anonymous,
      { sessionToken },
      { sessionDurationMinutes: 600 },
    );
    expect(session.expiresAt).toBe(inMinutes(600));
    server.clock.advance(3600);
    expect((await authenticate(anonymous, { sessionToken })).session.expiresAt).toBe(
      inMinutes(540),
    );
    const { auditEvents } = await operator.request(
      `query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType actorId } } }`,
      { id: session.sessionId },
    );
    expect(auditEvents.nodes).toContainEqual({
      action: "SESSION_EXTEND",
      actorType: "MEMBER",
      actorId: member.memberId,
    });
  });

  test.each([
    [{}, "none was given"],
    [{ sessionToken: null, sessionJwt: null }, "none was given"],
    [{ sessionToken: "a", sessionJwt: "b" }, "both were given"],
  ])("takes exactly one credential, not %j", async (credential, given) => {
    const input = { credential };
    const { message, extensions } = await anonymous.failure(AUTHENTICATE_SESSION, { input });
    expect(message).toBe(`Give exactly one of sessionToken and sessionJwt; ${given}`);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "credential"] });
  });

  test("takes null for the credential that is not given", async () => {
    const { sessionToken, sessionJwt } = started;
    await authenticate(anonymous, { sessionToken, sessionJwt: null });
    await authenticate(anonymous, { sessionToken: null, sessionJwt });
  });

  test.each<[object, object, string[]]>([
    [{ sessionToken: "" }, {}, ["credential", "sessionToken"]],
    [{ sessionJwt: "" }, {}, ["credential", "sessionJwt"]],
    [{ sessionJwt: "x".repeat(40_961) }, {}, ["credential", "sessionJwt"]],
    [{ sessionToken: "a" }, { sessionDurationMinutes: 4 }, ["sessionDurationMinutes"]],
    [{ sessionToken: "a" }, { sessionDurationMinutes: 527_041 }, ["sessionDurationMinutes"]],
  ])("refuses %j with %j", async (credential, options, path) => {
    expect(await authenticateFailure(anonymous, credential, options)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
  });

  test("refuses every invalid session token with the same error", async () => {
    const { sessionToken } = started;
    const typo = `${sessionToken.slice(0, -1)}${sessionToken.endsWith("a") ? "b" : "a"}`;
    for (const invalidToken of [
      typo,
      sessionToken.slice(0, -1),
      `${sessionToken} `,
      "x",
      "cst_",
      "\u{1f600}",
    ]) {
      expect(await authenticateFailure(anonymous, { sessionToken: invalidToken })).toEqual(
        NOT_FOUND,
      );
    }
  });

  test("refuses every invalid session JWT with that error", async () => {
    const { projectId } = server;
    const attacker = await foreignIssuer(server.clock);
    const claims = decodeJwt(started.sessionJwt) as JWTPayload & { iat: number; exp: number };
    const header = decodeProtectedHeader(started.sessionJwt);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: "RS256" })
      .sign(attacker.privateKey);
    const signed = (typ: string, changes: object) =>
      server.services.signingKeys.sign(projectId, {
        algorithm: "RS256",
        typ,
        claims: { ...claims, ...changes },
      });
    for (const sessionJwt of [
      forged,
      "x",
      "a.b.c",
      started.sessionJwt.slice(0, -6),
      await signed("JWT", {}),
      await signed("at+jwt", {}),
      await signed("session+jwt", { iss: `${PUBLIC_URL}/projects/other` }),
      await signed("session+jwt", { iss: [claims.iss] }),
      await signed("session+jwt", { aud: ["other"] }),
      await signed("session+jwt", { sub: "member_other" }),
      await signed("session+jwt", { session: { id: "session_other" } }),
      await signed("session+jwt", { session: null }),
      await signed("session+jwt", { session: { id: { like: "%" } } }),
    ]) {
      expect(await authenticateFailure(anonymous, { sessionJwt })).toEqual(NOT_FOUND);
    }
  });

  test("refuses an access token, as verifyToken refuses a session JWT", async () => {
    const { accessToken } = await issueToken(anonymous, await createClient(operator));
    expect(await authenticateFailure(anonymous, { sessionJwt: accessToken })).toEqual(NOT_FOUND);
    const verified = await anonymous.failure(VERIFY_TOKEN, {
      input: { accessToken: started.sessionJwt },
    });
    expect(verified.extensions.code).toBe("INVALID_TOKEN");
  });

  test("refuses sessions of inactive members and revoked sessions", async () => {
    const { sessionToken, sessionJwt } = started;
    const { memberId } = member;
    await updateMember(operator, { memberId, status: "INACTIVE" });
    expect(await authenticateFailure(anonymous, { sessionToken })).toEqual(NOT_FOUND);
    expect(await authenticateFailure(anonymous, { sessionJwt })).toEqual(NOT_FOUND);
    await updateMember(operator, { memberId, status: "ACTIVE" });
    const again = await member.startSession();
    await operator.request(REVOKE_SESSION, {
      input: { target: { sessionToken: again.sessionToken } },
    });
    for (const { sessionToken, sessionJwt } of [started, again]) {
      expect(await authenticateFailure(anonymous, { sessionToken })).toEqual(NOT_FOUND);
      expect(await authenticateFailure(anonymous, { sessionJwt })).toEqual(NOT_FOUND);
    }
  });

  test("finds sessions of the management key's project only", async () => {
    const other = (await server.otherProject()).operator;
    const { sessionToken, sessionJwt } = started;
    expect(await authenticateFailure(other, { sessionToken })).toEqual(NOT_FOUND);
    expect(await authenticateFailure(other, { sessionJwt })).toEqual(NOT_FOUND);
    await authenticate(operator, { sessionToken });
    await authenticate(operator, { sessionJwt });
    const foreign = await (await createSessionMember(server, other)).startSession();
    expect(await authenticateFailure(operator, { sessionToken: foreign.sessionToken })).toEqual(
      NOT_FOUND,
    );
    await authenticate(anonymous, { sessionJwt: foreign.sessionJwt });
  });

  test("merges custom claims at every depth", async () => {
    const { sessionToken } = started;
    const merge = async (sessionCustomClaims: object) =>
      authenticate(operator, { sessionToken }, { sessionCustomClaims });
    const merged = await merge({
      plan: null,
      "https://example.com/a": { b: [1] },
      tier: "gold",
    });
    const claims = { "https://example.com/a": { b: [1] }, tier: "gold" };
    expect(merged.session.customClaims).toEqual(claims);
    expect(decodeJwt(merged.sessionJwt)).toMatchObject(claims);
    const nested = await merge({ "https://example.com/a": { c: { d: 2, e: null }, f: null } });
    expect(nested.session.customClaims).toEqual({
      "https://example.com/a": { b: [1], c: { d: 2 } },
      tier: "gold",
    });
    const deleted = await merge({ "https://example.com/a": { b: null, c: { d: null, g: [] } } });
    expect(decodeJwt(deleted.sessionJwt)["https://example.com/a"]).toEqual({ c: { g: [] } });
    const { session } = await authenticate(anonymous, { sessionToken });
    expect(session.customClaims).toEqual(deleted.session.customClaims);
  });

  test.each<[object, string[]]>([
    [{ sub: "member_other" }, ["sub"]],
    [{ roles: ["admin"] }, ["roles"]],
    [{ groups: ["admin"] }, ["groups"]],
    [{ scp: ["admin"] }, ["scp"]],
    [{ authorities: ["admin"] }, ["authorities"]],
    [{ permissions: ["admin"] }, ["permissions"]],
    [{ entitlements: ["admin"] }, ["entitlements"]],
    [{ organization: {} }, ["organization"]],
    [{ big: "x".repeat(4096) }, []],
    [{ plan: { name: "a\u0000" } }, ["plan", "name"]],
    [{ plan: "\ud800" }, ["plan"]],
  ])("refuses the custom claims %j", async (sessionCustomClaims, path) => {
    const { sessionToken } = started;
    const failure = await authenticateFailure(operator, { sessionToken }, { sessionCustomClaims });
    expect(failure).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "sessionCustomClaims", ...path],
    });
    const { session } = await authenticate(anonymous, { sessionToken });
    expect(session.customClaims).toEqual({ plan: "pro" });
  });

  test("accepts custom claims from management keys only", async () => {
    const { sessionToken } = started;
    const claims = { sessionCustomClaims: { admin: true } };
    const failure = (as: GraphqlClient) => authenticateFailure(as, { sessionToken }, claims);
    const path = ["input", "sessionCustomClaims"];
    expect(await failure(anonymous)).toEqual({ code: "BAD_USER_INPUT", path });
    expect(await failure(await server.keyWith("sessions:read"))).toEqual({
      code: "FORBIDDEN",
      path,
    });
    await authenticate(await server.keyWith("sessions:write"), { sessionToken }, claims);
  });

  test("verifies JWTs after a change of the project's signing algorithm", async () => {
    await operator.request(
      `mutation { updateProject(input: { signingAlgorithm: ES256, force: true }) { project { projectId } } }`,
    );
    const { sessionJwt } = await authenticate(anonymous, { sessionJwt: started.sessionJwt });
    expect(decodeProtectedHeader(sessionJwt).alg).toBe("ES256");
  });

  test("stores no session token in plain text", async () => {
    const rows = await server.services.unitOfWork.read.query("SELECT * FROM sessions");
    expect(JSON.stringify(rows)).not.toContain(started.sessionToken);
    expect(server.logs()).not.toContain(started.sessionToken);
  });
});
