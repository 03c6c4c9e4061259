import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, type JWTPayload } from "jose";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import {
  assertion,
  clientKey,
  createApi,
  createGrant,
  post,
  postCredentials,
  send,
  sendTo,
} from "../oauth/oauth-operations.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  createClient,
  issueToken,
  tokenFailure,
  UPDATE_PROJECT,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { type CreatedProject, createProject } from "./project-operations.js";

const DISCOVERY = "/.well-known/openid-configuration";
const JWKS = "/.well-known/jwks.json";

describe("the issuer of a project", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const refusal = async ({ operator }: Pick<CreatedProject, "operator">, issuer: string) =>
    (await operator.failure(UPDATE_PROJECT, { input: { issuer } })).extensions;
  /** `issuer` of the metadata at a place; null if there is none. */
  const issuerAt = async (url: string) => {
    const { host, pathname } = new URL(url);
    return (await sendTo(server, host, pathname)).body?.issuer ?? null;
  };
  const tokenOf = async ({ operator, projectId }: CreatedProject) =>
    (await issueToken(operator, await createClient(operator), { projectId })).accessToken;

  describe("with a path", () => {
    const issuer = "https://login.example.org/tenants/one/";
    let project: CreatedProject;

    beforeAll(async () => {
      project = await createProject(server);
      await updateProject(project.operator, { issuer });
    });

    test.each([
      "/tenants/one/.well-known/openid-configuration",
      "/tenants/one/.well-known/oauth-authorization-server",
      "/.well-known/oauth-authorization-server/tenants/one",
      "/.well-known/openid-configuration/tenants/one",
    ])("has its metadata at %s", async (path) => {
      const { body } = await sendTo(server, "Login.Example.org", path);
      expect(body).toMatchObject({
        issuer,
        token_endpoint: "https://login.example.org/tenants/one/oauth/token",
        jwks_uri: "https://login.example.org/tenants/one/.well-known/jwks.json",
      });
    });

    test("issues and introspects tokens there", async () => {
      const client = await createClient(project.operator);
      const form = postCredentials(client);
      const ask = (path: string, parameters: Record<string, string>) =>
        sendTo(server, "login.example.org", `/tenants/one${path}`, parameters);
      const { access_token: token } = (await ask("/oauth/token", form)).body;
      expect(decodeJwt(token).iss).toBe(issuer);
      const { body } = await ask("/oauth/introspect", { ...form, token });
      expect(body.active).toBe(true);
    });

    test("has its keys there", async () => {
      const { text } = await sendTo(server, "login.example.org", `/tenants/one${JWKS}`);
      expect(text).toBe((await send(server, `/projects/${project.projectId}${JWKS}`)).text);
    });

    test.each(["/tenants/two", "/tenants", "/tenants/one/more", "/Tenants/one"])(
      "is not found at %s of its host",
      async (path) => {
        expect((await sendTo(server, "login.example.org", path + DISCOVERY)).status).toBe(404);
        const form = postCredentials(await createClient(server.operator));
        const { status } = await sendTo(server, "login.example.org", `${path}/oauth/token`, form);
        expect(status).toBe(404);
      },
    );

    test("shares its host with other projects", async () => {
      const neighbour = await createProject(server);
      await updateProject(neighbour.operator, {
        issuer: "https://login.example.org/tenants/three",
      });
      const own = await sendTo(server, "login.example.org", `/tenants/three${JWKS}`);
      const other = await sendTo(server, "login.example.org", `/tenants/one${JWKS}`);
      expect(own.status).toBe(200);
      expect(own.text).not.toBe(other.text);
    });
  });

  test.each([
    "/graphql",
    "/oauth/x",
    "/.well-known",
    "/v1",
    "/api",
    "/console/x",
    "/schema.graphql",
  ])("cannot begin with %s, a path of this server's own", async (path) => {
    const issuer = `https://paths.example.org${path}`;
    const { code, path: where } = await refusal(server, issuer);
    expect([code, where]).toEqual(["BAD_USER_INPUT", ["input", "issuer"]]);
  });

  test.each(["/a//b", "/a/b/c/d", "/a/../b", "/a?b", "/a%2Fb", "/ä", "//"])(
    "cannot have the path %s",
    async (path) => {
      const { code } = await refusal(server, `https://paths.example.org${path}`);
      expect(code).toBe("BAD_USER_INPUT");
    },
  );

  test("can be below /projects/ only with the project's own id", async () => {
    const project = await createProject(server);
    const base = "https://moved.example.org/projects";
    expect((await refusal(project, `${base}/${server.projectId}`)).code).toBe("BAD_USER_INPUT");
    const issuer = `${base}/${project.projectId}`;
    await updateProject(project.operator, { issuer });
    expect(await issuerAt(issuer + DISCOVERY)).toBe(issuer);
  });

  test("is served with the slash that libraries add to one that ends with a slash", async () => {
    const project = await createProject(server);
    await updateProject(project.operator, { issuer: "https://slash.example.org/" });
    for (const path of [`/${DISCOVERY}`, `/${JWKS}`]) {
      expect((await sendTo(server, "slash.example.org", path)).status).toBe(200);
    }
  });

  test("may be the server's own host, with and without a slash, in the first project", async () => {
    const other = await createProject(server);
    for (const issuer of [PUBLIC_URL, `${PUBLIC_URL}/`, `${PUBLIC_URL}/elsewhere`]) {
      expect((await refusal(other, issuer)).code).toBe("BAD_USER_INPUT");
      await updateProject(server.operator, { issuer });
      expect(await issuerAt(issuer.replace(/\/$/, "") + DISCOVERY)).toBe(issuer);
    }
    await updateProject(server.operator, { issuer: null });
  });

  test.each(["https://taken.example.org", "https://taken.example.org/with/path"])(
    "cannot be another project's %s, with or without a slash at its end",
    async (issuer) => {
      const owner = await createProject(server);
      const other = await createProject(server);
      await updateProject(owner.operator, { issuer });
      for (const wanted of [issuer, `${issuer}/`]) {
        expect(await refusal(other, wanted)).toEqual({
          code: "ALREADY_EXISTS",
          path: ["input", "issuer"],
        });
      }
    },
  );

  test("goes to one of several projects that want it at the same moment", async () => {
    const wanting: CreatedProject[] = [];
    while (wanting.length < 5) wanting.push(await createProject(server));
    for (let round = 0; round < 8; round++) {
      const input = { issuer: `https://wanted-${round}.example.org` };
      const answers = await Promise.all(
        wanting.map(({ operator }) => operator.send(UPDATE_PROJECT, { input })),
      );
      const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? "OK");
      expect(codes.filter((code) => code === "OK")).toHaveLength(1);
      expect(new Set(codes)).toEqual(new Set(["OK", "ALREADY_EXISTS"]));
    }
  });

  test.each([
    `${PUBLIC_URL}.`,
    `${PUBLIC_URL}:8443`,
    "https://127.0.0.1:8443",
    "https://[::1]:8443",
    "https://countersign:4000",
  ])(
    "of another project than the first cannot be %s, which may reach the server itself",
    async (issuer) => {
      const project = await createProject(server);
      expect((await refusal(project, issuer)).code).toBe("BAD_USER_INPUT");
    },
  );

  test("makes its audience of sessions no audience of access tokens, however old the API is", async () => {
    const project = await createProject(server);
    const identifier = "https://later.example.org/sessions";
    const client = await createClient(project.operator);
    await createGrant(project.operator, client, await createApi(project.operator, { identifier }));
    await updateProject(project.operator, { issuer: "https://later.example.org" });
    const { projectId } = project;
    const failure = await tokenFailure(project.operator, client, {
      projectId,
      audience: identifier,
    });
    expect(failure.extensions.code).toBe("INVALID_TARGET");
  });

  describe("that it no longer has", () => {
    const former = "https://former.example.org/path";
    const present = "https://present.example.org";

    const moved = async (from: string | null, to: string | null) => {
      const project = await createProject(server);
      await updateProject(project.operator, { issuer: from });
      const token = await tokenOf(project);
      await updateProject(project.operator, { issuer: to });
      return { ...project, token };
    };

    test("is accepted in its tokens until the last one has expired", async () => {
      const { operator, token, projectId, secret } = await moved(former, present);
      const { verifyToken } = await operator.request(VERIFY_TOKEN, {
        input: { accessToken: token },
      });
      expect(verifyToken.token.audience).toEqual([projectId]);
      const { verifyToken: anonymous } = await server.anonymous.request(VERIFY_TOKEN, {
        input: { accessToken: token },
      });
      expect(anonymous.token.audience).toEqual([projectId]);
      const authorization = `Basic ${btoa(`${projectId}:${secret}`)}`;
      const path = `/projects/${projectId}/oauth/introspect`;
      expect((await post(server, path, { token }, { authorization })).body.active).toBe(true);
      const revoked = await post(
        server,
        `/projects/${projectId}/oauth/revoke`,
        { token },
        { authorization },
      );
      expect(revoked.status).toBe(200);
      expect((await post(server, path, { token }, { authorization })).body.active).toBe(false);
    });

    test("stays served and taken for a day and five minutes, and is free afterwards", async () => {
      const issuer = "https://leaving.example.org/for/good";
      const other = await createProject(server);
      const { projectId } = await moved(issuer, null);
      const keys = (await send(server, `/projects/${projectId}${JWKS}`)).text;
      const keysThere = () => sendTo(server, "leaving.example.org", `/for/good${JWKS}`);
      server.clock.advance(86_400 + 299);
      await sweepExpired(server);
      expect(await issuerAt(issuer + DISCOVERY)).toBe(issuer);
      expect((await keysThere()).text).toBe(keys);
      expect((await refusal(other, issuer)).code).toBe("ALREADY_EXISTS");
      server.clock.advance(1);
      expect((await keysThere()).status).toBe(404);
      await updateProject(other.operator, { issuer });
      expect(await issuerAt(issuer + DISCOVERY)).toBe(issuer);
      expect((await keysThere()).text).not.toBe(keys);
    });

    test("stays as long as the longest lifetime that the project allowed", async () => {
      const project = await createProject(server);
      const issuer = "https://long.example.org";
      const longest = 2_592_000;
      await updateProject(project.operator, {
        issuer,
        maximumAccessTokenLifetimeSeconds: longest,
        accessTokenLifetimeSeconds: longest,
      });
      const token = await tokenOf(project);
      await updateProject(project.operator, { accessTokenLifetimeSeconds: 60 });
      await updateProject(project.operator, {
        maximumAccessTokenLifetimeSeconds: 60,
        issuer: null,
      });
      server.clock.advance(longest - 1);
      await sweepExpired(server);
      await project.operator.request(VERIFY_TOKEN, { input: { accessToken: token } });
      server.clock.advance(301);
      await sweepExpired(server);
      expect(await issuerAt(issuer + DISCOVERY)).toBe(`${PUBLIC_URL}/projects/${server.projectId}`);
    });

    test("is no issuer of tokens once it has ended, whatever they say, nor of another project's", async () => {
      const project = await moved("https://ended.example.org", null);
      const other = await moved(null, null);
      const refused = async (accessToken: string, { operator }: Pick<CreatedProject, "operator">) =>
        (await operator.failure(VERIFY_TOKEN, { input: { accessToken } })).message;
      const signed = ({ projectId, token }: typeof project, changes: JWTPayload) => {
        const claims = { ...(decodeJwt(token) as { iat: number }), ...changes };
        return server.services.signingKeys.sign(projectId, {
          algorithm: "RS256",
          typ: "JWT",
          claims,
        });
      };
      const { iss, iat = 0 } = decodeJwt(project.token);
      expect(await refused(await signed(other, { iss }), other)).toMatch(/another issuer/);
      const accessToken = await signed(project, { exp: iat + 10 * 86_400 });
      await project.operator.request(VERIFY_TOKEN, { input: { accessToken } });
      server.clock.advance(86_701);
      expect(await refused(accessToken, project)).toMatch(/another issuer/);
      expect(await refused(accessToken, { operator: server.anonymous })).toMatch(/not valid/);
    });

    test("serves nothing once it has ended, even before it is deleted", async () => {
      const { operator } = await moved("https://left.example.org", null);
      const form = postCredentials(await createClient(operator));
      const ask = (path: string, parameters?: Record<string, string>) =>
        sendTo(server, "left.example.org", path, parameters);
      const { body } = await ask("/oauth/token", form);
      expect((await ask("/oauth/introspect", { ...form, token: body.access_token })).status).toBe(
        200,
      );
      server.clock.advance(86_701);
      expect((await ask("/oauth/token", form)).status).toBe(401);
      const { status } = await ask("/oauth/introspect", { ...form, token: body.access_token });
      expect(status).toBe(401);
    });

    test("is deleted by the housekeeping once it has ended", async () => {
      const { projectId } = await moved("https://swept.example.org", null);
      const rows = () =>
        server.services.unitOfWork.read.query(
          `SELECT location FROM project_issuers WHERE project_id = '${projectId}'`,
        );
      expect(await rows()).toHaveLength(1);
      server.clock.advance(86_700 + MAX_CLOCK_DIFFERENCE_SECONDS);
      await sweepExpired(server);
      expect(await rows()).toEqual([]);
    });

    test("can be taken back", async () => {
      const { operator } = await moved("https://back.example.org", null);
      await updateProject(operator, { issuer: "https://back.example.org" });
      expect(await issuerAt(`https://back.example.org${DISCOVERY}`)).toBe(
        "https://back.example.org",
      );
      server.clock.advance(100_000);
      await sweepExpired(server);
      expect(await issuerAt(`https://back.example.org${DISCOVERY}`)).toBe(
        "https://back.example.org",
      );
    });

    test("may be the one below the public URL, whose metadata stay as they were", async () => {
      const { projectId, operator, token } = await moved(null, "https://own.example.org");
      const issuer = `${PUBLIC_URL}/projects/${projectId}`;
      expect(decodeJwt(token).iss).toBe(issuer);
      await operator.request(VERIFY_TOKEN, { input: { accessToken: token } });
      expect(await issuerAt(issuer + DISCOVERY)).toBe(issuer);
      expect(await issuerAt(`https://own.example.org${DISCOVERY}`)).toBe("https://own.example.org");
      server.clock.advance(86_700);
      expect(await issuerAt(issuer + DISCOVERY)).toBe("https://own.example.org");
    });

    test("is accepted in session JWTs", async () => {
      const { operator, projectId } = await createProject(server);
      const member = await createSessionMember(server, operator);
      const { sessionJwt } = await member.startSession();
      await updateProject(operator, { issuer: "https://sessions.example.org" });
      for (const as of [operator, server.anonymous]) {
        const renewed = await authenticate(as, { sessionJwt });
        expect(decodeJwt(renewed.sessionJwt).iss).toBe("https://sessions.example.org");
      }
      expect(decodeJwt(sessionJwt).iss).toBe(`${PUBLIC_URL}/projects/${projectId}`);
    });

    test("is no longer the audience of this server's own API", async () => {
      const { operator, projectId } = await createProject(server);
      const own = await createClient(operator);
      const tokenFor = async (issuer: string) => {
        const api = await createApi(operator, {
          identifier: `${issuer}/graphql`,
          scopes: [{ value: "clients:read" }],
        });
        await createGrant(operator, own, api);
        return issueToken(operator, own, { projectId, audience: api.identifier });
      };
      const former = await tokenFor(`${PUBLIC_URL}/projects/${projectId}`);
      const call = ({ accessToken }: { accessToken: string }) =>
        new GraphqlClient(server.url, `Bearer ${accessToken}`).send("{ clients { totalCount } }");
      expect((await call(former)).errors).toEqual([]);
      await updateProject(operator, { issuer: "https://api.example.org/v2" });
      expect((await call(former)).errors[0]?.extensions.code).toBe("UNAUTHENTICATED");
      expect((await call(await tokenFor("https://api.example.org/v2"))).errors).toEqual([]);
    });

    test("may be the audience of a client's assertion", async () => {
      const issuer = "https://assertions.example.org";
      const { projectId, operator } = await moved(issuer, null);
      const key = await clientKey();
      const { clientId } = await createClient(operator, {
        tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
        keys: { publicKeys: [{ pem: key.pem }] },
      });
      const ask = async (aud: string) =>
        post(server, `/projects/${projectId}/oauth/token`, {
          grant_type: "client_credentials",
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: await assertion(server, clientId, key, { claims: { aud } }),
        });
      expect((await ask(issuer)).status).toBe(200);
      expect((await ask(`${PUBLIC_URL}/projects/${projectId}`)).status).toBe(200);
      expect((await ask("https://elsewhere.example.org")).status).toBe(401);
      server.clock.advance(86_700);
      expect((await ask(issuer)).status).toBe(401);
    });
  });
});
