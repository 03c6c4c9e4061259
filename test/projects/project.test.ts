import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Project } from "../../src/projects/project.entity.js";
import { UPDATE_PROJECT, updateProject } from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

const PROJECT = `{ project {
  projectId name environment issuer claimsTemplate accessTokenLifetimeSeconds signingAlgorithm createdAt updatedAt version
} }`;

describe("a project", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const change = (input: object) => updateProject(server.operator, input);
  const refusal = (input: object) => server.operator.failure(UPDATE_PROJECT, { input });

  test("starts with the documented defaults and an issuer that contains its id", async () => {
    const { project } = await server.operator.request(PROJECT);
    expect(project).toEqual({
      projectId: server.projectId,
      name: "Default",
      environment: "LIVE",
      issuer: `${PUBLIC_URL}/projects/${server.projectId}`,
      claimsTemplate: null,
      accessTokenLifetimeSeconds: 3600,
      signingAlgorithm: "RS256",
      createdAt: "2026-03-01T12:00:00.000Z",
      updatedAt: "2026-03-01T12:00:00.000Z",
      version: 1,
    });
  });

  test("is the caller's own", async () => {
    const other = await server.otherProject();
    const { project } = await other.operator.request(PROJECT);
    expect(project.projectId).toBe(other.projectId);
    await other.operator.request(UPDATE_PROJECT, { input: { name: "Renamed" } });
    expect((await server.operator.request(PROJECT)).project.name).toBe("Default");
  });

  test("changes only what an update names", async () => {
    const before = await change({});
    const after = await change({ name: "Production" });
    expect(after).toEqual({ ...before, name: "Production", version: before.version + 1 });
    expect(after).toMatchObject({ accessTokenLifetimeSeconds: 3600, signingAlgorithm: "RS256" });
  });

  test.each([
    ["an empty name", { name: "" }, "name"],
    ["a name of 129 characters", { name: "x".repeat(129) }, "name"],
    ["a name with a line break", { name: "a\nb" }, "name"],
    ["a lifetime of 59 seconds", { accessTokenLifetimeSeconds: 59 }, "accessTokenLifetimeSeconds"],
    [
      "a lifetime of 30 days and a second",
      { accessTokenLifetimeSeconds: 2_592_001 },
      "accessTokenLifetimeSeconds",
    ],
    ["a version of zero", { expectedVersion: 0 }, "expectedVersion"],
  ])("refuses %s", async (_what, input, field) => {
    expect((await refusal(input)).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", field],
    });
  });

  test.each([60, 86_400])("accepts a lifetime of %i seconds", async (seconds) => {
    expect((await change({ accessTokenLifetimeSeconds: seconds })).accessTokenLifetimeSeconds).toBe(
      seconds,
    );
  });

  test("is updated only if the expected version is the current one", async () => {
    const { version } = await change({ name: "Newer" });
    const { extensions } = await refusal({ name: "Stale", expectedVersion: version - 1 });
    expect(extensions).toEqual({ code: "VERSION_CONFLICT", path: ["input", "expectedVersion"] });
    expect((await change({ name: "Newest", expectedVersion: version })).name).toBe("Newest");
  });

  test("keeps all of many concurrent changes", async () => {
    const { version } = await change({});
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => change({ name: `Change ${index}` })),
    );
    expect((await server.operator.request(PROJECT)).project.version).toBe(version + 10);
  });

  describe("claims template", () => {
    test("is stored unchanged and cleared by null", async () => {
      const claimsTemplate = '{ "user_id": {{ client.trusted_metadata.user_id }} }';
      expect((await change({ claimsTemplate })).claimsTemplate).toBe(claimsTemplate);
      expect((await change({ name: "Kept" })).claimsTemplate).toBe(claimsTemplate);
      expect((await change({ claimsTemplate: null })).claimsTemplate).toBeNull();
    });

    test.each([
      ["", /Must be JSON/],
      ["not json", /Must be JSON/],
      ["[1]", /Must be a JSON object/],
      ['{ "a": {{ client.name }', /not closed by }}/],
      ['{ "a": {{ client.secret }} }', /A placeholder must name one of client\.client_id/],
      ['{ "a": {{ client.trusted_metadata..x }} }', /A placeholder must have the form/],
      ['{ "a": "{{ client.secret }}" }', /A placeholder must name one of client\.client_id/],
      ['{ "a": {{ env.user_id }} }', /A placeholder must name one of client\.client_id/],
      ["{ {{ client.name }}: 1 }", /must stand for a value, not for a name/],
      [`{ "a": "${"x".repeat(4096)}" }`, /at most 4096 characters/],
      [`{ "a": ${"[".repeat(20)}${"]".repeat(20)} }`, /Must not nest deeper than 16/],
    ])("refuses %j and says why", async (claimsTemplate, sentence) => {
      const { message, extensions } = await refusal({ claimsTemplate });
      expect(message).toMatch(sentence);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "claimsTemplate"] });
    });

    test.each(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "cnf"])(
      "cannot set the claim %s",
      async (claim) => {
        const { message } = await refusal({ claimsTemplate: `{ "${claim}": "x" }` });
        expect(message).toContain(
          `"${claim}" is a reserved claim (line 1, column 3). Reserved are `,
        );
        expect(message).toContain(claim === "iss" ? " iss," : `, ${claim}`);
      },
    );

    test("can use a reserved name below the top level", async () => {
      const claimsTemplate = '{ "https://example.com/it": { "sub": {{ client.client_id }} } }';
      expect((await change({ claimsTemplate })).claimsTemplate).toBe(claimsTemplate);
    });
  });

  test("with a template of a former version that cannot be parsed is named at the start", async () => {
    const { projectId } = server;
    const store = (template: string | null) =>
      server.services.unitOfWork.write((manager) =>
        manager.update(Project, { projectId }, { claimsTemplate: template }),
      );
    await store('{ "note": "keep {{ this }} literally" }');
    await server.restart();
    const warnings = server.logs().match(/.*cannot parse a template.*/g) ?? [];
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      { projectId, field: "claimsTemplate" },
    ]);
    await store(null);
  });
});
