import { afterEach, describe, expect, test } from "@jest/globals";
import { startTestServer, type TestServer } from "../support/test-server.js";

const KEYS = "{ managementKeys { nodes { name permissions } } }";
const SECRET = "an-operator-chose-this-secret-of-42-chars!";

describe("the first start", () => {
  let server: TestServer;

  afterEach(async () => {
    await server.stop();
  });

  test("creates a project and a key with all permissions, and logs no secret", async () => {
    server = await startTestServer();
    expect(server.projectId).toMatch(/^project_[0-9A-Za-z]{22}$/);
    expect(server.managementSecret).toMatch(/^cmk_[0-9A-Za-z]{49}$/);
    const { managementKeys } = await server.operator.request(KEYS);
    expect(managementKeys.nodes).toHaveLength(1);
    expect(managementKeys.nodes[0].permissions).toContain("MANAGEMENT_KEYS_WRITE");
    expect(server.logs()).not.toContain(server.managementSecret);
  });

  test("takes the project's id and secret from its options", async () => {
    server = await startTestServer({
      bootstrapProjectId: "billing-live",
      bootstrapProjectSecret: SECRET,
    });
    const billing = server.withKey("billing-live", SECRET);
    const { project } = await billing.request("{ project { projectId } }");
    expect(project.projectId).toBe("billing-live");
  });

  test("logs a warning about a secret that is easy to guess", async () => {
    server = await startTestServer({ bootstrapProjectSecret: "changeme".repeat(4) });
    expect(server.logs()).toContain("BOOTSTRAP_PROJECT_SECRET is easy to guess");
    expect(server.logs()).not.toContain("changeme");
  });

  test("is the only start that creates them", async () => {
    server = await startTestServer({ bootstrapProjectSecret: SECRET });
    await server.restart();
    await server.restart();
    const { managementKeys } = await server.operator.request(KEYS);
    expect(managementKeys.nodes).toHaveLength(1);
    expect(server.logs()).not.toContain("BOOTSTRAP_PROJECT_SECRET");
  });

  test("is not repeated by a start with another secret, which logs a warning", async () => {
    const overrides = { bootstrapProjectId: "one", bootstrapProjectSecret: SECRET };
    server = await startTestServer(overrides);
    await server.restart({ bootstrapProjectSecret: `${SECRET}-changed` });
    expect(server.logs()).toContain("BOOTSTRAP_PROJECT_SECRET is ignored");
    expect(server.logs()).not.toContain(SECRET);
    await server.withKey("one", SECRET).request(KEYS);
    const { extensions } = await server.withKey("one", `${SECRET}-changed`).failure(KEYS);
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });

  test.each([
    ["project-test-1", undefined, "TEST"],
    ["project-live-1", undefined, "LIVE"],
    ["billing", undefined, "LIVE"],
    ["project-test-2", "LIVE", "LIVE"],
    ["billing", "TEST", "TEST"],
  ] as const)("gives the project %s with %s the environment %s", async (id, set, environment) => {
    server = await startTestServer({
      bootstrapProjectId: id,
      bootstrapProjectEnvironment: set,
      bootstrapProjectSecret: SECRET,
    });
    const { project } = await server.operator.request("{ project { environment } }");
    expect(project.environment).toBe(environment);
  });

  test("is not repeated by a start with another environment, which logs a warning", async () => {
    server = await startTestServer({ bootstrapProjectId: "one", bootstrapProjectSecret: SECRET });
    await server.restart({ bootstrapProjectEnvironment: "LIVE" });
    expect(server.logs()).not.toContain("ignored");
    await server.restart({ bootstrapProjectEnvironment: "TEST", bootstrapProjectId: "two" });
    expect(server.logs()).toContain("BOOTSTRAP_PROJECT_ID is ignored");
    expect(server.logs()).toContain("BOOTSTRAP_PROJECT_ENVIRONMENT is ignored");
  });

  test("stays the first project's, whatever the clock and the ids of later ones say", async () => {
    server = await startTestServer({ bootstrapProjectId: "zzz", bootstrapProjectSecret: SECRET });
    server.clock.advance(-3600);
    await server.operator.request(
      'mutation { createProject(input: { projectId: "aaa", name: "x", environment: TEST }) { secret } }',
    );
    await server.restart();
    expect(await server.services.projectStore.defaultProjectId()).toBe("zzz");
    await server.operator.request("{ projects { totalCount } }");
  });

  test("records what it created in the audit log", async () => {
    server = await startTestServer();
    const { auditEvents } = await server.operator.request(
      "{ auditEvents { nodes { action actorType targetId } } }",
    );
    expect(auditEvents.nodes).toEqual(
      expect.arrayContaining([
        { action: "PROJECT_CREATE", actorType: "SYSTEM", targetId: server.projectId },
        { action: "MANAGEMENT_KEY_CREATE", actorType: "SYSTEM", targetId: expect.any(String) },
      ]),
    );
  });
});
