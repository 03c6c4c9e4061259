import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, updateProject, VERIFY_TOKEN } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { post, postCredentials, send, sendTo } from "./oauth-operations.js";

const PUBLIC_URL = "https://example.test/auth/v2";

describe("a public URL with a path", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ publicUrl: PUBLIC_URL });
  });

  afterAll(async () => {
    await server.stop();
  });

  // A proxy forwards the path, or removes it.
  describe.each(["/auth/v2", ""])("is served below %j", (base) => {
    test.each(["/healthz", "/readyz", "/schema.graphql"])("with %s", async (path) => {
      expect((await send(server, base + path)).status).toBe(200);
    });

    test("with the API", async () => {
      const body = JSON.stringify({ query: "{ errorCodes { code } }" });
      const headers = { "content-type": "application/json" };
      const { status } = await send(server, `${base}/graphql`, { method: "POST", body, headers });
      expect(status).toBe(200);
    });

    test("with tokens that verify", async () => {
      const client = await createClient(server.operator);
      for (const path of ["/oauth/token", `/projects/${server.projectId}/oauth/token`]) {
        const { body } = await post(server, base + path, postCredentials(client));
        await server.anonymous.request(VERIFY_TOKEN, { input: { accessToken: body.access_token } });
      }
    });

    test("with what gateways ask", async () => {
      const client = await createClient(server.operator);
      const { body } = await post(server, `${base}/oauth/token`, postCredentials(client));
      const headers = { authorization: `Bearer ${body.access_token}` };
      const query = `audience=${server.projectId}&scope=read:users`;
      for (const path of ["/oauth/verify", `/projects/${server.projectId}/oauth/verify`]) {
        const answer = await send(server, `${base}${path}?${query}`, { headers });
        expect([answer.status, answer.headers.get("x-auth-client-id")]).toEqual([
          200,
          client.clientId,
        ]);
      }
    });

    test("with metadata before and after the issuer's path", async () => {
      const issuer = `${PUBLIC_URL}/projects/${server.projectId}`;
      for (const path of [
        `${base}/projects/${server.projectId}/.well-known/openid-configuration`,
        `${base}/.well-known/openid-configuration`,
        `/.well-known/oauth-authorization-server${base}/projects/${server.projectId}`,
        `/.well-known/oauth-authorization-server${base}`,
      ]) {
        expect((await send(server, path)).body.issuer).toBe(issuer);
      }
    });
  });

  test("leads a browser from its root to the API", async () => {
    for (const path of ["/auth/v2", "/auth/v2/", "/"]) {
      const { status, headers } = await send(server, path, { redirect: "manual" });
      expect([status, headers.get("location")]).toEqual([302, "/auth/v2/graphql"]);
    }
  });

  test.each(["/auth/v2x/healthz", "/auth/healthz", "/x/auth/v2/healthz"])(
    "does not serve %s",
    async (path) => {
      expect((await send(server, path)).status).toBe(404);
    },
  );

  test("may be the first project's issuer", async () => {
    await updateProject(server.operator, { issuer: PUBLIC_URL });
    const path = "/auth/v2/.well-known/openid-configuration";
    expect((await sendTo(server, "example.test", path)).body.issuer).toBe(PUBLIC_URL);
    await updateProject(server.operator, { issuer: null });
  });

  test("leaves another host's issuer with the same path alone", async () => {
    const issuer = "https://other.example.test/auth/v2";
    const other = await server.otherProject();
    await updateProject(other.operator, { issuer });
    const path = "/auth/v2/.well-known/openid-configuration";
    expect((await sendTo(server, "other.example.test", path)).body.issuer).toBe(issuer);
  });
});
