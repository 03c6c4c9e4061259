import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  apiInput,
  CREATE_API,
  CREATE_GRANT,
  createApi,
  createGrant,
  requestToken,
  UPDATE_API,
  UPDATE_GRANT,
} from "../oauth/oauth-operations.js";
import {
  CREATE_CLIENT,
  createClient,
  IMPORT_CLIENT,
  UPDATE_CLIENT,
  UPDATE_PROJECT,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const DAY_SECONDS = 86_400;

describe("the longest lifetime of a project's access tokens", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const lifetimeRefused = async (operation: string, input: object) => {
    const { extensions, message } = await server.operator.failure(operation, { input });
    expect(extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "accessTokenLifetimeSeconds"],
    });
    return message;
  };

  test("is a day unless it is set", async () => {
    const { project } = await server.operator.request(
      "{ project { maximumAccessTokenLifetimeSeconds } }",
    );
    expect(project.maximumAccessTokenLifetimeSeconds).toBe(DAY_SECONDS);
  });

  test.each([59, 2_592_001])("cannot be %i seconds", async (seconds) => {
    const input = { maximumAccessTokenLifetimeSeconds: seconds };
    const { extensions } = await server.operator.failure(UPDATE_PROJECT, { input });
    expect(extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "maximumAccessTokenLifetimeSeconds"],
    });
  });

  describe("is the limit of what is saved:", () => {
    let client: { clientId: string };
    let api: { apiId: string };
    let grant: { clientGrantId: string };

    beforeAll(async () => {
      client = await createClient(server.operator);
      api = await createApi(server.operator);
      grant = await createGrant(server.operator, client, api);
    });

    test.each([
      ["a new client", CREATE_CLIENT, async () => ({ scopes: [] })],
      ["a client", UPDATE_CLIENT, async () => ({ clientId: client.clientId })],
      [
        "an imported client",
        IMPORT_CLIENT,
        async () => ({ clientId: "imported", clientSecret: "Zm9vYmFyLXF1eC0xMjM0NTY3ODkw" }),
      ],
      ["a new API", CREATE_API, async () => apiInput()],
      ["an API", UPDATE_API, async () => ({ apiId: api.apiId })],
      [
        "a new grant",
        CREATE_GRANT,
        async () => {
          const { clientId } = await createClient(server.operator);
          return { clientId, apiId: api.apiId, allScopes: true };
        },
      ],
      ["a grant", UPDATE_GRANT, async () => ({ clientGrantId: grant.clientGrantId })],
      ["the project itself", UPDATE_PROJECT, async () => ({})],
    ])("%s", async (_what, operation, target) => {
      const input = await target();
      const longer = { ...input, accessTokenLifetimeSeconds: DAY_SECONDS + 1 };
      expect(await lifetimeRefused(operation, longer)).toBe(
        "Must be at most 86400 seconds, the project's maximumAccessTokenLifetimeSeconds",
      );
      const longest = { ...input, accessTokenLifetimeSeconds: DAY_SECONDS };
      await server.operator.request(operation, { input: longest });
    });
  });

  test("can be raised together with the project's lifetime", async () => {
    const { operator } = await server.otherProject();
    const month = 2_592_000;
    const { accessTokenLifetimeSeconds } = await updateProject(operator, {
      accessTokenLifetimeSeconds: month,
      maximumAccessTokenLifetimeSeconds: month,
    });
    expect(accessTokenLifetimeSeconds).toBe(month);
  });

  test("cannot be lowered below what exists, and says how many are longer", async () => {
    const { operator } = await server.otherProject();
    const longer = { accessTokenLifetimeSeconds: 7200 };
    const client = await createClient(operator, longer);
    await createClient(operator, longer);
    const api = await createApi(operator, longer);
    await createGrant(operator, client, api, { allScopes: true, ...longer });
    await updateProject(operator, longer);
    const lower = (maximum: number) =>
      operator.send(UPDATE_PROJECT, { input: { maximumAccessTokenLifetimeSeconds: maximum } });
    const [error] = (await lower(7199)).errors;
    expect(error?.extensions).toEqual({
      code: "PRECONDITION_FAILED",
      path: ["input", "maximumAccessTokenLifetimeSeconds"],
    });
    expect(error?.message).toMatch(/^5 of the project, its APIs, clients and grants/);
    expect((await lower(7200)).errors).toEqual([]);
  });

  describe("leaves to the most specific owner of a lifetime", () => {
    let project: Awaited<ReturnType<TestServer["otherProject"]>>;

    beforeEach(async () => {
      project = await server.otherProject();
      await updateProject(project.operator, { accessTokenLifetimeSeconds: 600 });
    });

    /** `expires_in` of a token for an API, with these lifetimes. */
    const expiresIn = async (lifetimes: {
      api?: number | null;
      client?: number | null;
      grant?: number | null;
    }) => {
      const { operator, projectId } = project;
      const seconds = (name: keyof typeof lifetimes) => ({
        accessTokenLifetimeSeconds: lifetimes[name] ?? null,
      });
      const client = await createClient(operator, seconds("client"));
      const api = await createApi(operator, seconds("api"));
      await createGrant(operator, client, api, { allScopes: true, ...seconds("grant") });
      const ask = async (audience: string) =>
        (await requestToken({ ...server, projectId }, client, { audience })).body.expires_in;
      return [await ask(api.identifier as string), await ask(projectId)];
    };

    test.each([
      ["the project", {}, 600, 600],
      ["the API", { api: 1200 }, 1200, 600],
      ["the client", { api: 1200, client: 900 }, 900, 900],
      ["the grant", { api: 1200, client: 900, grant: 7200 }, 7200, 900],
      ["the grant, although the client has none", { api: 60, grant: 7200 }, 7200, 600],
    ])("%s", async (_owner, lifetimes, forApi, forProject) => {
      expect(await expiresIn(lifetimes)).toEqual([forApi, forProject]);
    });
  });
});
