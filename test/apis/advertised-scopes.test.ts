import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, send, updateApi } from "../oauth/oauth-operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

const FORMS = ["oauth-authorization-server", "openid-configuration"];

describe("scopes_supported of a project's metadata (RFC 8414 section 2)", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const scopes = ["read:a", "read:b", "write:secret"].map((value) => ({ value }));
  const start = async () => {
    const { operator, projectId } = await server.otherProject();
    const shown = async () => {
      const answers = await Promise.all(
        FORMS.map((form) => send(server, `/projects/${projectId}/.well-known/${form}`)),
      );
      const [first, second] = answers.map(({ body }) => body.scopes_supported ?? null);
      expect(second).toEqual(first);
      return first;
    };
    return { operator, projectId, shown };
  };

  test("are what its APIs advertise, and nothing else", async () => {
    const { operator, shown } = await start();
    expect(await shown()).toBeNull();
    const { apiId } = await createApi(operator, { scopes });
    expect(await shown()).toBeNull();
    await updateApi(operator, { apiId, advertisedScopes: ["read:b"] });
    expect(await shown()).toEqual(["read:b"]);
    server.clock.advance(1);
    await createApi(operator, { scopes, advertisedScopes: ["read:a", "read:b"] });
    expect(await shown()).toEqual(["read:b", "read:a"]);
    const { body } = await send(server, "/.well-known/openid-configuration");
    expect(body).not.toHaveProperty("scopes_supported");
  });

  test("are left out while an API has scopes and advertises none, whose clients would ask for them", async () => {
    const { operator, projectId, shown } = await start();
    await createApi(operator, { scopes, advertisedScopes: ["read:a"] });
    await createApi(operator, { scopes: [] });
    const identifier = `${PUBLIC_URL}/projects/${projectId}/graphql`;
    await createApi(operator, { identifier, scopes: [{ value: "clients:read" }] });
    expect(await shown()).toEqual(["read:a"]);
    const silent = await createApi(operator, { scopes });
    expect(await shown()).toBeNull();
    const { apiId } = silent;
    await updateApi(operator, { apiId, advertisedScopes: ["read:a"] });
    expect(await shown()).toEqual(["read:a"]);
  });
});
