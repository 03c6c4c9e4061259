import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a field that fails", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("leaves the secrets of nine other mutations in the answer", async () => {
    const names = Array.from({ length: 10 }, (_, at) => `c${at}`);
    const fields = names.map((name, at) => {
      const scopes = at === 4 ? `["not a scope"]` : `["read:users"]`;
      return `${name}: createClient(input: { name: "${name}", scopes: ${scopes} }) {
        client { clientId name } clientSecret
      }`;
    });
    const { status, data, errors } = await server.operator.send(
      `mutation { ${fields.join("\n")} }`,
    );
    expect(status).toBe(200);
    expect(errors).toMatchObject([
      { path: ["c4"], extensions: { code: "BAD_USER_INPUT", path: ["input", "scopes", 0] } },
    ]);
    expect(Object.keys(data)).toEqual(names);
    expect(data.c4).toBeNull();
    for (const name of names.filter((other) => other !== "c4")) {
      const { client, clientSecret } = data[name];
      expect(client.name).toBe(name);
      const token = await issueToken(server.anonymous, { clientId: client.clientId, clientSecret });
      expect(token.scope).toBe("read:users");
    }
  });

  test("leaves the answer to the permission that the caller has", async () => {
    await createClient(server.operator);
    const reader = await server.keyWith("clients:read");
    const { data, errors } = await reader.send(
      "{ clients { totalCount } auditEvents { totalCount } }",
    );
    expect(data).toEqual({ clients: { totalCount: expect.any(Number) }, auditEvents: null });
    expect(errors).toMatchObject([{ path: ["auditEvents"], extensions: { code: "FORBIDDEN" } }]);
  });

  test("leaves what needs no credentials to a caller without any", async () => {
    const { data, errors } = await server.anonymous.send(
      "{ project { name } errorCodes(codes: [FORBIDDEN]) { code } }",
    );
    expect(data).toEqual({ project: null, errorCodes: [{ code: "FORBIDDEN" }] });
    expect(errors).toMatchObject([{ path: ["project"], extensions: { code: "UNAUTHENTICATED" } }]);
  });
});
