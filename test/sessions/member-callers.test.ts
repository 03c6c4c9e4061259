import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { permissionsByRootField } from "../../src/graphql/field-permissions.js";
import { buildSchema } from "../../src/schema.js";
import { createApi, issuerFor, post } from "../oauth/oauth-operations.js";
import { updateMember, updateOrganization } from "../organizations/organization-operations.js";
import { revoke } from "../signing-keys/signing-key-operations.js";
import { operationText, rootFields, sampleArguments } from "../support/any-operation.js";
import { type GraphqlAnswer, GraphqlClient } from "../support/graphql-client.js";
import { createClient, issueToken, updateProject, VERIFY_TOKEN } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { ATTEST_SESSION, type AttestedSession } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer, unsignedJwt } from "../trusted-auth/foreign-issuer.js";
import {
  AUTHENTICATE_SESSION,
  createSessionMember,
  EXCHANGE_SESSION,
  GET_SESSION,
  REVOKE_SESSION,
} from "./session-operations.js";

const OWN_CLIENTS = "{ clients { totalCount } }";
const MEMBER_CLIENTS = { owner: "MEMBER", scopes: ["read:reports"] };

const codeOf = ({ errors }: GraphqlAnswer) => errors[0]?.extensions.code ?? "SUCCESS";

buildSchema();
const permissions = permissionsByRootField();

describe("a member that authenticates with its session JWT", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let started: AttestedSession;
  let sessionJwt: string;
  let refused: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator } = server);
    member = await createSessionMember(server, operator, { publicExchange: true });
    refused = (await as("x.y.z").send(OWN_CLIENTS)).body;
  });

  beforeEach(async () => {
    // A new window of the limits per minute.
    server.clock.advance(61);
    await allow(MEMBER_CLIENTS);
    started = await member.startSession();
    ({ sessionJwt } = started);
  });

  afterAll(async () => {
    await server.stop();
  });

  const as = (token: string) => new GraphqlClient(server.url, `Bearer ${token}`);
  const allow = (memberClients: object | null) =>
    updateOrganization(operator, { organizationId: member.organizationId, memberClients });
  /** Sends one of the operations that members may use. */
  const use = (token: string) => as(token).send(OWN_CLIENTS);
  /** The answer is the one to any other bad token. */
  const expectRefused = async (token: string) => expect((await use(token)).body).toBe(refused);

  test("manages clients where its organization says so", async () => {
    expect(codeOf(await use(sessionJwt))).toBe("SUCCESS");
    await allow(null);
    await expectRefused(sessionJwt);
    expect(server.logs()).toContain("The member's organization has no memberClients");
  });

  test("needs one of the roles, and loses it at once", async () => {
    const { memberId } = member;
    await allow({ ...MEMBER_CLIENTS, roles: ["admin", "developer"] });
    await expectRefused(sessionJwt);
    await updateMember(operator, { memberId, roles: ["viewer", "developer"] });
    expect(codeOf(await use(sessionJwt))).toBe("SUCCESS");
    await updateMember(operator, { memberId, roles: ["Developer"] });
    await expectRefused(sessionJwt);
    await updateMember(operator, { memberId, roles: [] });
  });

  test("is refused once its JWT has expired, which lasts no longer for that", async () => {
    server.clock.advance(299);
    expect(codeOf(await use(sessionJwt))).toBe("SUCCESS");
    server.clock.advance(1);
    await expectRefused(sessionJwt);
  });

  test("is refused when its session has ended or was revoked", async () => {
    const other = await member.startSession({ sessionDurationMinutes: 5 });
    const { sessionId } = started.session;
    await operator.request(REVOKE_SESSION, { input: { target: { sessionId } } });
    await expectRefused(sessionJwt);
    expect(codeOf(await use(other.sessionJwt))).toBe("SUCCESS");
    server.clock.advance(300);
    await expectRefused(other.sessionJwt);
  });

  test.each(["member", "organization"] as const)(
    "is refused while its %s is not active, and its session has ended then",
    async (which) => {
      const setStatus = (status: string) =>
        which === "member"
          ? updateMember(operator, { memberId: member.memberId, status })
          : updateOrganization(operator, { organizationId: member.organizationId, status });
      await setStatus("INACTIVE");
      await expectRefused(sessionJwt);
      await setStatus("ACTIVE");
      await expectRefused(sessionJwt);
    },
  );

  test("may have a JWT of Stytch's profile", async () => {
    await updateProject(operator, { sessionTokenProfile: "STYTCH" });
    const { sessionJwt: ofStytch } = await member.startSession();
    await updateProject(operator, { sessionTokenProfile: "DEFAULT" });
    expect(decodeProtectedHeader(ofStytch).typ).toBe("JWT");
    expect(codeOf(await use(ofStytch))).toBe("SUCCESS");
    expect(codeOf(await use(sessionJwt))).toBe("SUCCESS");
    await allow(null);
    await expectRefused(ofStytch);
  });

  test("is refused with the session token, which would not expire so soon", async () => {
    await expectRefused(started.sessionToken);
  });

  test("is refused with what the project did not sign as its session JWT", async () => {
    const header = decodeProtectedHeader(sessionJwt);
    const claims = decodeJwt(sessionJwt);
    const { privateKey } = await foreignIssuer(server.clock, "RS256");
    const signed = (changes: object, typ: object = {}) =>
      new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ ...header, alg: "RS256", ...typ })
        .sign(privateKey);
    const [head = "", , signature = ""] = sessionJwt.split(".");
    const changed = Buffer.from(JSON.stringify({ ...claims, jti: "other" })).toString("base64url");
    for (const token of [
      await signed({}),
      await signed({}, { typ: "JWT" }),
      unsignedJwt({ ...header, alg: "none" }, claims, ""),
      unsignedJwt({ ...header, alg: "HS256" }, claims, signature),
      `${head}.${changed}.${signature}`,
      `${sessionJwt.slice(0, -4)}AAAA`,
    ]) {
      await expectRefused(token);
    }
  });

  test("is refused with an access token, whatever its client calls itself", async () => {
    const client = await createClient(operator, { name: member.memberId });
    await expectRefused((await issueToken(server.anonymous, client)).accessToken);
  });

  test("is refused when the key that signed its JWT has been revoked", async () => {
    await revoke(operator, decodeProtectedHeader(sessionJwt).kid ?? "");
    await expectRefused(sessionJwt);
  });

  test("reaches its own project alone", async () => {
    const other = await server.otherProject();
    await createClient(other.operator);
    const stranger = await createSessionMember(server, other.operator);
    await updateOrganization(other.operator, {
      organizationId: stranger.organizationId,
      memberClients: MEMBER_CLIENTS,
    });
    const { sessionJwt: foreign } = await stranger.startSession();
    const { data, errors } = await use(foreign);
    expect([data, errors]).toEqual([{ clients: { totalCount: 0 } }, []]);
    // Its JWT does not become one of this project by another issuer or subject.
    const claims = decodeJwt(foreign);
    const [head = "", , signature = ""] = foreign.split(".");
    for (const changes of [{ iss: issuerFor(server) }, { sub: member.memberId }]) {
      const payload = Buffer.from(JSON.stringify({ ...claims, ...changes })).toString("base64url");
      await expectRefused(`${head}.${payload}.${signature}`);
    }
  });

  test("neither extends its session nor leaves audit events by asking", async () => {
    const { sessionId } = started.session;
    const session = async () => (await operator.request(GET_SESSION, { sessionId })).session;
    const events = () =>
      server.services.unitOfWork.read.countBy(AuditEvent, { actorId: member.memberId });
    const before = [await session(), await events()];
    server.clock.advance(60);
    for (let count = 0; count < 3; count++) await use(sessionJwt);
    expect([await session(), await events()]).toEqual(before);
  });

  test("sends 600 requests in a minute and no more, which other sessions do not feel", async () => {
    const other = await member.startSession();
    for (let sent = 0; sent < 600; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => use(sessionJwt)));
      expect(new Set(answers.map(codeOf))).toEqual(new Set(["SUCCESS"]));
    }
    expect(codeOf(await use(sessionJwt))).toBe("RATE_LIMITED");
    expect(codeOf(await use(other.sessionJwt))).toBe("SUCCESS");
    server.clock.advance(61);
    expect(codeOf(await use(sessionJwt))).toBe("SUCCESS");
  });

  test("is never authenticated by a cookie", async () => {
    for (const cookie of [`session_jwt=${sessionJwt}`, `stytch_session_jwt=${sessionJwt}`]) {
      const answer = await server.anonymous.send(OWN_CLIENTS, {}, { cookie });
      expect(codeOf(answer)).toBe("UNAUTHENTICATED");
    }
  });

  describe("of all operations", () => {
    const needing = rootFields.filter(({ field }) =>
      (permissions.get(field.name) ?? []).some((needed) => needed.includes(":")),
    );
    const forMembers = needing.filter(({ field }) =>
      (permissions.get(field.name) ?? []).some((needed) => needed.startsWith("own_clients:")),
    );

    test("knows those that members may use", () => {
      expect(needing.length).toBeGreaterThan(60);
      expect(forMembers.map(({ field }) => field.name)).toContain("createClient");
    });

    test.each(needing.filter((operation) => !forMembers.includes(operation)))(
      "may not use $field.name",
      async ({ field }) => {
        const answer = await as(sessionJwt).send(operationText(field), sampleArguments(field));
        expect(codeOf(answer)).toBe("FORBIDDEN");
      },
    );

    test("finds no other object by its id", async () => {
      await createApi(operator);
      await createClient(operator);
      const lists: Record<string, { nodes: { id: string }[] }> = await operator.request(
        `{ organizations { nodes { id } } members { nodes { id } } profiles { nodes { id } }
           apis { nodes { id } } clients { nodes { id } } signingKeys { nodes { id } }
           managementKeys { nodes { id } } auditEvents(first: 1) { nodes { id } } }`,
      );
      for (const { nodes } of Object.values(lists)) {
        const id = nodes[0]?.id;
        expect(id).toBeTruthy();
        const answer = await as(sessionJwt).send("query ($id: ID!) { node(id: $id) { id } }", {
          id,
        });
        expect(answer.data).toEqual({ node: null });
      }
    });

    test("may do with sessions what their credentials allow, and nothing as a caller", async () => {
      const { profileId, organizationId } = member;
      const input = { profileId, organizationId, token: await member.token() };
      expect(codeOf(await as(sessionJwt).send(ATTEST_SESSION, { input }))).toBe("FORBIDDEN");
      const credential = { sessionJwt };
      const claims = { sessionCustomClaims: { plan: "pro" } };
      const send = async (operation: string, options: object) =>
        codeOf(
          await as(sessionJwt).send(operation, {
            input: { credential, ...options },
          }),
        );
      expect(await send(AUTHENTICATE_SESSION, claims)).toBe("FORBIDDEN");
      expect(await send(EXCHANGE_SESSION, { organizationId, ...claims })).toBe("FORBIDDEN");
      expect(await send(AUTHENTICATE_SESSION, {})).toBe("SUCCESS");
      expect(await send(EXCHANGE_SESSION, { organizationId })).toBe("SUCCESS");
      expect(await send(AUTHENTICATE_SESSION, { sessionDurationMinutes: 60 * 24 * 31 })).toBe(
        codeOf(
          await server.anonymous.send(AUTHENTICATE_SESSION, {
            input: { credential, sessionDurationMinutes: 60 * 24 * 31 },
          }),
        ),
      );
    });

    test("is not told why a token is refused", async () => {
      const input = { accessToken: "an.access.token" };
      const answer = await as(sessionJwt).send(VERIFY_TOKEN, { input });
      const anonymous = await server.anonymous.send(VERIFY_TOKEN, { input });
      expect(answer.errors).toEqual(anonymous.errors);
    });

    test.each([
      ["/oauth/token", { grant_type: "client_credentials" }],
      ["/oauth/introspect", { token: "an.access.token" }],
      ["/oauth/revoke", { token: "an.access.token" }],
      ["/oauth/register", {}],
    ])("may not use %s", async (path, form) => {
      const headers = { authorization: `Bearer ${sessionJwt}` };
      const url = `/projects/${server.projectId}${path}`;
      const { status } = await post(server, url, form, headers);
      expect([400, 401, 415]).toContain(status);
      const json = await fetch(server.url + url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ client_name: "x", ...form }),
      });
      expect([400, 401, 415]).toContain(json.status);
    });
  });
});
