import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, issuerFor, send, sendTo } from "../oauth/oauth-operations.js";
import { updateProject } from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

const GET = `query ($apiId: ID!) {
  api(apiId: $apiId) { protectedResourceMetadata protectedResourceMetadataUrl }
}`;

describe("protected resource metadata (RFC 9728)", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const describedBy = async (apiId: string, as = server.operator) =>
    (await as.request(GET, { apiId })).api;
  const pathOf = (apiId: string, projectId = server.projectId) =>
    `/projects/${projectId}/oauth/protected-resources/${apiId}`;

  test("are told by the API and served at a public URL", async () => {
    const identifier = "http://mcp.example.com/mcp";
    const scopes = ["tools:read", "tools:call", "tools:admin"].map((value) => ({ value }));
    const { apiId } = await createApi(server.operator, {
      name: "Tools",
      identifier,
      scopes,
      advertisedScopes: ["tools:read"],
    });
    const metadata = {
      resource: identifier,
      authorization_servers: [issuerFor(server)],
      scopes_supported: ["tools:read"],
      bearer_methods_supported: ["header"],
      resource_name: "Tools",
    };
    expect(await describedBy(apiId)).toEqual({
      protectedResourceMetadata: metadata,
      protectedResourceMetadataUrl: PUBLIC_URL + pathOf(apiId),
    });
    const { status, body, headers } = await send(server, pathOf(apiId), {
      headers: { origin: "https://elsewhere.example.com" },
    });
    expect([status, body]).toEqual([200, metadata]);
    expect(headers.get("content-type")).toContain("application/json");
    expect(headers.get("cache-control")).toBe("public, max-age=300");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const etag = headers.get("etag") ?? "";
    const again = await fetch(server.url + pathOf(apiId), { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  test("have no scopes if the API advertises none", async () => {
    const { apiId } = await createApi(server.operator);
    const { body } = await send(server, pathOf(apiId));
    expect(body).not.toHaveProperty("scopes_supported");
    expect((await describedBy(apiId)).protectedResourceMetadata).toEqual(body);
  });

  test("name the project's own issuer", async () => {
    const { operator, projectId } = await server.otherProject();
    const { apiId } = await createApi(operator);
    const issuer = "https://resources.example.org/";
    await updateProject(operator, { issuer });
    const { protectedResourceMetadata, protectedResourceMetadataUrl } = await describedBy(
      apiId,
      operator,
    );
    expect(protectedResourceMetadata.authorization_servers).toEqual([issuer]);
    const path = `/oauth/protected-resources/${apiId}`;
    expect(protectedResourceMetadataUrl).toBe(`https://resources.example.org${path}`);
    for (const answer of [
      await sendTo(server, "resources.example.org", path),
      await send(server, pathOf(apiId, projectId)),
    ]) {
      expect(answer.body).toEqual(protectedResourceMetadata);
    }
    const { body } = await sendTo(
      server,
      "resources.example.org",
      "/.well-known/oauth-authorization-server",
    );
    expect([body.issuer]).toEqual(protectedResourceMetadata.authorization_servers);
  });

  test.each([
    "https://api.example.com",
    "https://api.example.com/v1?tenant=a",
    "HTTP://localhost:1",
  ])("exist for %p", async (identifier) => {
    const { apiId } = await createApi(server.operator, { identifier });
    expect((await send(server, pathOf(apiId))).body.resource).toBe(identifier);
  });

  test.each([
    "invoices",
    "urn:example:invoices",
    "ftp://api.example.com",
    "https://api.example.com/#fragment",
    "https://",
    "https://[",
    "javascript:alert(1)",
  ])("do not exist for %p, which is no URL of a resource", async (identifier) => {
    const { apiId } = await createApi(server.operator, { identifier });
    expect(await describedBy(apiId)).toEqual({
      protectedResourceMetadata: null,
      protectedResourceMetadataUrl: null,
    });
    const refused = await send(server, pathOf(apiId));
    const unknown = await send(server, pathOf("api_unknown"));
    expect([refused.status, refused.text]).toEqual([404, unknown.text]);
  });

  test("of another project are not found, nor by anything but the id", async () => {
    const other = await server.otherProject();
    const { apiId, identifier } = await createApi(server.operator);
    const encoded = encodeURIComponent(identifier);
    for (const path of [
      pathOf(apiId, other.projectId),
      pathOf(encoded),
      pathOf("%00"),
      pathOf(""),
      `${pathOf("")}?resource=${encoded}`,
    ]) {
      expect([path, (await send(server, path)).status]).toEqual([path, 404]);
    }
    const response = await server.operator.request(
      `query ($identifier: String!) { apiByIdentifier(identifier: $identifier) { protectedResourceMetadata } }`,
      { identifier },
    );
    expect(response.apiByIdentifier.protectedResourceMetadata.resource).toBe(identifier);
  });
});
