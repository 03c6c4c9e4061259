import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { entities } from "../../src/database/entities.js";
import type { Project } from "../../src/projects/project.entity.js";
import { ClientUsage } from "../../src/usage/client-usage.entity.js";
import { ScopeUse } from "../../src/usage/scope-use.entity.js";
import {
  basicHeader,
  createApi,
  createGrant,
  GRANT,
  issueAccessToken,
  post,
  postCredentials,
  send,
  sendTo,
} from "../oauth/oauth-operations.js";
import { createProject } from "../projects/project-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { operationText, rootFields } from "../support/any-operation.js";
import { basicAuthorization, type GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  type Credentials,
  createClient,
  issueToken,
  UPDATE_PROJECT,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type OwnValues, placesOf } from "./foreign-values.js";

interface Tenant {
  projectId: string;
  secret: string;
  operator: GraphqlClient;
  client: Credentials;
  values: OwnValues;
}

const FIRST_KEYS =
  "{ managementKeys { nodes { managementKeyId } } signingKeys { nodes { kid } } auditEvents { nodes { auditEventId } } }";

describe.each(["first", "another"])("a key of one project and the %s project", (which) => {
  let server: TestServer;
  let stranger: Tenant;
  let victim: Tenant;

  beforeAll(async () => {
    server = await startTestServer();
    const { projectId, managementSecret: secret, operator } = server;
    const first = { projectId, secret, operator };
    victim = await fill(which === "first" ? first : await createProject(server));
    stranger = await fill(await createProject(server));
    await updateProject(victim.operator, { issuer: "https://victim.example.org/issuer" });
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Fills a project with one of each kind. */
  async function fill(project: Pick<Tenant, "projectId" | "secret" | "operator">): Promise<Tenant> {
    const { projectId, operator } = project;
    const client = await createClient(operator, { name: projectId });
    const api = await createApi(operator, { name: projectId });
    const { clientGrantId } = await createGrant(operator, client, api);
    const member = await createSessionMember(server, operator);
    const started = await member.startSession();
    const { accessToken } = await issueToken(operator, client, { projectId });
    await server.services.tokenAudit.flush();
    const keys = await operator.request(FIRST_KEYS);
    const { clientId, clientSecret } = client;
    return {
      ...project,
      client: { clientId, clientSecret },
      values: {
        projectId,
        clientId,
        apiId: api.apiId,
        clientGrantId,
        organizationId: member.organizationId,
        memberId: member.memberId,
        profileId: member.profileId,
        sessionId: started.session.sessionId,
        sessionToken: started.sessionToken,
        sessionJwt: started.sessionJwt,
        accessToken,
        managementKeyId: keys.managementKeys.nodes[0].managementKeyId,
        kid: keys.signingKeys.nodes[0].kid,
        targetId: keys.auditEvents.nodes[0].auditEventId,
      },
    };
  }

  /** The ids and credentials of the other project, but not the words that everybody knows. */
  const victimsValues = () => Object.values(victim.values);
  const expectNothingOf = (body: string) => {
    const known = [...victimsValues(), "victim.example.org"];
    expect(known.filter((value) => body.includes(value))).toEqual([]);
  };

  /** Every row of the other project, without when something was used last. */
  async function rowsOfVictim(): Promise<string[]> {
    const { read } = server.services.unitOfWork;
    const rows: string[] = [];
    for (const entity of entities) {
      // Written a little later: what the victim did itself, and every refused request that names its client.
      if (entity === ClientUsage || entity === ScopeUse) continue;
      const { tableName, columns } = read.dataSource.getMetadata(entity);
      if (!columns.some(({ propertyName }) => propertyName === "projectId")) continue;
      const where = { projectId: victim.projectId };
      for (const row of await read.findBy(entity as typeof Project, where)) {
        rows.push(`${tableName} ${JSON.stringify({ ...row, lastUsedAt: null })}`);
      }
    }
    return rows.sort();
  }

  const others = rootFields.map(({ kind, field }) => [`${kind} ${field.name}`, field] as const);

  test.each(others)("see the same for its ids and for unknown ones: %s", async (_name, field) => {
    const before = await rowsOfVictim();
    for (const { path, variables } of placesOf(field, stranger.values)) {
      const name = path.split(".").at(-1) ?? "";
      const named = victim.values[name] ?? victim.values[name.replace(/s$/, "")];
      for (const foreign of named ? [named] : victimsValues()) {
        // A is also how the base64url of a signature may end.
        const unknown = `${foreign.slice(0, -4)}ZZZA`;
        const ask = async (value: string) => {
          const text = operationText(field);
          const { body } = await stranger.operator.send(text, variables(value));
          return body.replaceAll(value, "VALUE");
        };
        const answer = await ask(foreign);
        expectNothingOf(answer);
        expect([path, withoutVersions(answer)]).toEqual([
          path,
          withoutVersions(await ask(unknown)),
        ]);
      }
    }
    expect(await rowsOfVictim()).toEqual(before);
  });

  test.each(others.filter(([, { args }]) => args.some(({ name }) => name === "after")))(
    "see nothing of it after its cursors: %s",
    async (_name, field) => {
      const list = (as: GraphqlClient, variables: object) =>
        as.send(operationText(field), { first: 1, ...variables });
      const { data } = await list(victim.operator, {});
      const after = data?.[field.name]?.pageInfo.endCursor;
      expectNothingOf((await list(stranger.operator, {})).body);
      expectNothingOf((await list(stranger.operator, { first: 100 })).body);
      if (after) expectNothingOf((await list(stranger.operator, { first: 100, after })).body);
    },
  );

  test("repeat no creation with its idempotency keys", async () => {
    const input = { scopes: ["read:users"], idempotencyKey: "everybody-counts-from-1" };
    const create = async ({ operator }: Tenant) =>
      (await operator.request(CREATE_CLIENT, { input })).createClient;
    const own = await create(victim);
    const other = await create(stranger);
    expect(other.client.clientId).not.toBe(own.client.clientId);
    expect(other.clientSecret).not.toBeNull();
    const different = { input: { ...input, scopes: ["write:users"] } };
    expect((await stranger.operator.failure(CREATE_CLIENT, different)).extensions.code).toBe(
      "IDEMPOTENCY_CONFLICT",
    );
  });

  test("stay in their own project with its Host header", async () => {
    const read = await sendTo(server, "victim.example.org", "/graphql", undefined);
    expectNothingOf(read.text);
    const { body } = await stranger.operator.send(
      "{ project { projectId } }",
      {},
      {
        "x-forwarded-host": "victim.example.org",
      },
    );
    expect(JSON.parse(body).data.project.projectId).toBe(stranger.projectId);
  });

  test("do not authenticate at its endpoints, nor do clients", async () => {
    const { projectId } = victim;
    const token = victim.values["accessToken"] ?? "";
    const key = { authorization: basicAuthorization(stranger.projectId, stranger.secret) };
    const keyOfVictim = { authorization: basicAuthorization(projectId, stranger.secret) };
    for (const base of [
      `/projects/${projectId}`,
      which === "first" ? "" : `/projects/${projectId}`,
    ]) {
      for (const endpoint of ["introspect", "revoke"]) {
        for (const credentials of [key, keyOfVictim, basicHeader(stranger.client)]) {
          const { status } = await post(
            server,
            `${base}/oauth/${endpoint}`,
            { token },
            credentials,
          );
          expect(status).toBe(401);
        }
      }
      const own = await issueAccessToken(
        { ...server, projectId: stranger.projectId },
        stranger.client,
      );
      for (const audience of [projectId, stranger.projectId]) {
        for (const authorization of [
          `Bearer ${own}`,
          key.authorization,
          basicHeader(stranger.client).authorization,
        ]) {
          const verified = await send(server, `${base}/oauth/verify?audience=${audience}`, {
            headers: { authorization },
          });
          expect(verified.status).toBe(401);
          expectNothingOf(verified.text);
        }
      }
      const { status, body } = await post(
        server,
        `${base}/oauth/token`,
        GRANT,
        basicHeader(stranger.client),
      );
      expect([status, body.error]).toEqual([401, "invalid_client"]);
    }
    const atIssuer = await sendTo(
      server,
      "victim.example.org",
      "/issuer/oauth/token",
      postCredentials(stranger.client),
    );
    expect([atIssuer.status, atIssuer.body.error]).toEqual([401, "invalid_client"]);
  });

  test("learn nothing about its tokens and revoke none", async () => {
    const token = victim.values["accessToken"] ?? "";
    const introspect = ({ projectId, secret }: Tenant) =>
      post(
        server,
        `/projects/${projectId}/oauth/introspect`,
        { token },
        { authorization: basicAuthorization(projectId, secret) },
      );
    expect((await introspect(stranger)).body).toEqual({ active: false });
    await post(
      server,
      `/projects/${stranger.projectId}/oauth/revoke`,
      { token },
      { authorization: basicAuthorization(stranger.projectId, stranger.secret) },
    );
    expect((await introspect(victim)).body.active).toBe(true);
  });

  test("cannot take its issuers", async () => {
    for (const issuer of [
      "https://victim.example.org/issuer",
      "https://victim.example.org/issuer/",
      `https://auth.example.test/projects/${victim.projectId}`,
      "https://auth.example.test",
    ]) {
      const { extensions } = await stranger.operator.failure(UPDATE_PROJECT, { input: { issuer } });
      expect(["ALREADY_EXISTS", "BAD_USER_INPUT"]).toContain(extensions.code);
    }
  });
});

/** The answers to two calls differ in what each call counts and generates. */
function withoutVersions(body: string): string {
  return body
    .replace(/"version":\d+/g, '"version":0')
    .replace(/[a-z]+_[0-9A-Za-z]{22}/g, "ID")
    .replace(
      /"(?:secret|clientSecret|nextClientSecret|accessToken|sessionToken|sessionJwt)":"[^"]+"/g,
      '"secret":"SECRET"',
    )
    .replace(/"requestId":"[^"]+"/g, '"requestId":""');
}
