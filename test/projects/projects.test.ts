import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { entities } from "../../src/database/entities.js";
import type { Project } from "../../src/projects/project.entity.js";
import { PROJECT_PERMISSIONS } from "../../src/shared/permissions.js";
import { post, postCredentials, send } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { CREATE_CLIENT, createClient, issueToken, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  CREATE_PROJECT,
  createProject,
  DELETE_PROJECT,
  PROJECT,
  PROJECTS,
} from "./project-operations.js";

const DELETED = { code: "PRECONDITION_FAILED", path: ["input", "projectId"] };

describe("projects", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const deleteProject = (input: object) => server.operator.request(DELETE_PROJECT, { input });
  const deletionRefused = async (input: object) =>
    (await server.operator.failure(DELETE_PROJECT, { input })).extensions;

  test("are created with a first key that has every permission of their own", async () => {
    const { projectId, secret, permissions, operator } = await createProject(server);
    expect(projectId).toMatch(/^project_[0-9A-Za-z]{22}$/);
    expect(secret).toMatch(/^cmk_[0-9A-Za-z]{49}$/);
    expect(permissions).toHaveLength(PROJECT_PERMISSIONS.length);
    expect(permissions).toContain("SETTINGS_WRITE");
    expect(permissions).not.toContain("PROJECTS_READ");
    const { project } = await operator.request("{ project { name environment issuer } }");
    expect(project).toEqual({
      name: "Another",
      environment: "TEST",
      issuer: `https://auth.example.test/projects/${projectId}`,
    });
  });

  test.each([
    "project-live-4c4d5f7e-2bd1-4a4b-9f5e-0c1a2b3c4d5e",
    "project-test-4c4d5f7e-2bd1-4a4b-9f5e-0c1a2b3c4d5e",
    "Billing_2",
  ])("keep the id %s that they have elsewhere", async (id) => {
    const { operator } = await createProject(server, { projectId: id });
    const { clientId, clientSecret } = await createClient(operator);
    const path = `/v1/public/${id}/oauth2/token`;
    const { status } = await post(server, path, postCredentials({ clientId, clientSecret }));
    expect(status).toBe(200);
    const again = await server.operator.failure(CREATE_PROJECT, {
      input: { name: "Twice", environment: "TEST", projectId: id },
    });
    expect(again.extensions).toEqual({ code: "ALREADY_EXISTS", path: ["input", "projectId"] });
  });

  test.each(["", "a:b", "a/b", "a b", "a.b", "ä", "x".repeat(65)])(
    "cannot have the id %j",
    async (projectId) => {
      const { extensions } = await server.operator.failure(CREATE_PROJECT, {
        input: { name: "Wrong", environment: "TEST", projectId },
      });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "projectId"] });
    },
  );

  test("are created once for a repeated idempotency key, without the secret", async () => {
    const input = { name: "Once", environment: "LIVE", idempotencyKey: "create-once" };
    const first = (await server.operator.request(CREATE_PROJECT, { input })).createProject;
    const second = (await server.operator.request(CREATE_PROJECT, { input })).createProject;
    expect(second).toEqual({ ...first, secret: null });
  });

  test("are listed newest first, page by page", async () => {
    server.clock.advance(1);
    const { projectId } = await createProject(server, { name: "Newest" });
    const { projects } = await server.operator.request(PROJECTS, { first: 1 });
    expect(projects.nodes).toEqual([{ projectId, name: "Newest", environment: "TEST" }]);
    expect(projects.pageInfo.hasNextPage).toBe(true);
    const rest = await server.operator.request(PROJECTS, {
      first: 200,
      after: projects.pageInfo.endCursor,
    });
    expect(rest.projects.nodes).toHaveLength(projects.totalCount - 1);
    expect(rest.projects.nodes.at(-1).projectId).toBeDefined();
  });

  test("are read by their id with projects:read, and are missing without it", async () => {
    const other = await createProject(server);
    const read = (projectId: string | null, as = server.operator) =>
      as.request(PROJECT, { projectId }).then(({ project }) => project?.projectId ?? null);
    expect(await read(other.projectId)).toBe(other.projectId);
    expect(await read(null)).toBe(server.projectId);
    expect(await read("project_unknown")).toBeNull();
    expect(await read(null, other.operator)).toBe(other.projectId);
    expect(await read(other.projectId, other.operator)).toBe(other.projectId);
    expect(await read(server.projectId, other.operator)).toBeNull();
    expect(await read("project_unknown", other.operator)).toBeNull();
  });

  test("are managed by keys of the first project only", async () => {
    const other = await createProject(server);
    for (const [operation, variables] of [
      [PROJECTS, {}],
      [CREATE_PROJECT, { input: { name: "x", environment: "TEST" } }],
      [DELETE_PROJECT, { input: { projectId: other.projectId } }],
    ] as const) {
      const { extensions } = await other.operator.failure(operation, variables);
      expect(extensions.code).toBe("FORBIDDEN");
    }
  });

  test("change their environment", async () => {
    const { operator } = await createProject(server);
    const { updateProject } = await operator.request(
      "mutation { updateProject(input: { environment: LIVE }) { project { environment } } }",
    );
    expect(updateProject.project.environment).toBe("LIVE");
  });

  describe("are deleted", () => {
    test("with everything that they contain", async () => {
      const { projectId, operator } = await createProject(server);
      await fill(operator);
      const { clientId, clientSecret } = await createClient(operator);
      await issueToken(operator, { clientId, clientSecret }, { projectId });
      await server.services.tokenAudit.flush();
      expect(await rowsOf(projectId)).not.toEqual([]);
      await deleteProject({ projectId, force: true });
      expect(await rowsOf(projectId)).toEqual([]);
      const { extensions } = await operator.failure("{ project { name } }");
      expect(extensions.code).toBe("UNAUTHENTICATED");
      const path = `/projects/${projectId}/.well-known/jwks.json`;
      expect((await send(server, path)).status).toBe(404);
      expect(await server.operator.request(PROJECT, { projectId })).toEqual({ project: null });
      expect(await deletionRefused({ projectId })).toEqual({ code: "PROJECT_NOT_FOUND" });
    });

    test("so that a new one with the same id starts empty", async () => {
      const projectId = "returning";
      const first = await createProject(server, { projectId });
      const { clientId, clientSecret } = await createClient(first.operator);
      const token = await issueToken(first.operator, { clientId, clientSecret }, { projectId });
      await deleteProject({ projectId, force: true });
      await server.services.tokenAudit.flush();
      const second = await createProject(server, { projectId });
      const { clients } = await second.operator.request("{ clients { totalCount } }");
      expect(clients.totalCount).toBe(0);
      const { auditEvents } = await second.operator.request("{ auditEvents { nodes { action } } }");
      expect(auditEvents.nodes.map(({ action }: { action: string }) => action).sort()).toEqual([
        "MANAGEMENT_KEY_CREATE",
        "PROJECT_CREATE",
      ]);
      const { active } = (
        await post(
          server,
          `/projects/${projectId}/oauth/introspect`,
          { token: token.accessToken },
          { authorization: `Basic ${btoa(`${projectId}:${second.secret}`)}` },
        )
      ).body;
      expect(active).toBe(false);
      expect((await first.operator.failure("{ project { name } }")).extensions.code).toBe(
        "UNAUTHENTICATED",
      );
    });

    test("only without live clients, unless the deletion is forced", async () => {
      const { projectId, operator } = await createProject(server);
      const { clientId } = await createClient(operator);
      expect(await deletionRefused({ projectId })).toEqual(DELETED);
      const inOneHour = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
      await updateClient(operator, { clientId, expiresAt: inOneHour });
      expect(await deletionRefused({ projectId })).toEqual(DELETED);
      await updateClient(operator, { clientId, status: "INACTIVE" });
      await deleteProject({ projectId });
    });

    test("only in the expected version", async () => {
      const { projectId } = await createProject(server);
      expect(await deletionRefused({ projectId, expectedVersion: 2 })).toMatchObject({
        code: "VERSION_CONFLICT",
      });
      await deleteProject({ projectId, expectedVersion: 1 });
    });

    test("but never the first one", async () => {
      const { projectId } = server;
      expect(await deletionRefused({ projectId, force: true })).toEqual(DELETED);
    });

    test("and the first project's audit log tells it", async () => {
      server.clock.advance(1);
      const { projectId } = await createProject(server);
      await deleteProject({ projectId });
      const { auditEvents } = await server.operator.request(
        "{ auditEvents(first: 2) { nodes { action targetId } } }",
      );
      const actions = auditEvents.nodes.filter(
        (event: { targetId: string }) => event.targetId === projectId,
      );
      expect(actions.map(({ action }: { action: string }) => action).sort()).toEqual([
        "PROJECT_CREATE",
        "PROJECT_DELETE",
      ]);
    });
  });

  /** Tables in which the project has rows. */
  async function rowsOf(projectId: string): Promise<string[]> {
    const { read } = server.services.unitOfWork;
    const tables: string[] = [];
    for (const entity of entities) {
      const { tableName, columns } = read.dataSource.getMetadata(entity);
      if (!columns.some(({ propertyName }) => propertyName === "projectId")) continue;
      if (await read.existsBy(entity as typeof Project, { projectId })) tables.push(tableName);
    }
    return tables;
  }
});

async function fill(operator: TestServer["operator"]): Promise<void> {
  const input = { scopes: [], idempotencyKey: "in-this-project" };
  await operator.request(CREATE_CLIENT, { input });
  const { organizationId } = await createOrganization(operator);
  await createMember(operator, organizationId);
  await operator.request(
    'mutation { updateProject(input: { issuer: "https://full.example.org" }) { project { issuer } } }',
  );
}
