import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { createTokenSource, secretFile } from "@countersign/sdk/client";
import { createManagementClient, type ManagementClient } from "@countersign/sdk/management";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema } from "graphql";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { managementOf } from "./management-of.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const rootFields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.keys(type?.getFields() ?? {}),
);

describe("a management client", () => {
  let server: LiveServer;
  let management: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    management = managementOf(server);
  });

  afterAll(() => server.stop());

  test("has a method for each operation, and pages, rotate and request", () => {
    const additions = ["pages", "rotate", "request"];
    expect(Object.keys(management).sort()).toEqual([...rootFields, ...additions].sort());
  });

  test("takes a client from its creation to its end", async () => {
    const { api } = await management.createApi({
      identifier: "https://orders.example.com",
      name: "Orders",
      scopes: [{ value: "orders:read" }, { value: "orders:write" }],
    });
    const { client, clientSecret } = await management.createClient({
      name: "Billing",
      scopes: [],
      trustedMetadata: { team: "payments" },
    });
    const { clientId } = client;
    const { clientGrant } = await management.createClientGrant({
      clientId,
      apiId: api.apiId,
      scopes: ["orders:read"],
    });
    const audience = api.identifier;
    const { accessToken } = await management.issueToken({ clientId, clientSecret, audience });
    const { token } = await management.verifyToken({ accessToken, audience });
    expect(token).toMatchObject({ clientId, scopes: ["orders:read"] });

    const updated = await management.updateClient({
      clientId,
      name: "Invoices",
      expectedVersion: client.version,
    });
    expect(updated.client).toMatchObject({ name: "Invoices", version: client.version + 1 });
    expect(await management.client({ clientId })).toEqual(updated.client);
    const { nodes } = await management.clientGrants({ filter: { clientId } });
    expect(nodes).toEqual([clientGrant]);
    const events = await management.auditEvents({ filter: { targetId: clientId } });
    expect(events.nodes.map(({ action }) => action)).toContain("CLIENT_CREATE");
    expect((await management.project())?.projectId).toBe(server.projectId);

    expect(await management.deleteClient({ clientId })).toEqual({ clientId });
    expect(await management.client({ clientId })).toBeNull();
  });

  test("answers with each list, the largest pages included", async () => {
    const { organization } = await management.createOrganization({ name: "Acme" });
    const { organizationId } = organization;
    const first = 200;
    const lists = [
      management.apis({ first }),
      management.auditEvents({ first }),
      management.clientGrants({ first }),
      management.clients({ first }),
      management.managementKeys({ first }),
      management.members({ first, organizationId }),
      management.organizations({ first }),
      management.profiles({ first }),
      management.projects({ first }),
      management.sessions({ first, owner: { organizationId } }),
      management.signingKeys({ first }),
    ];
    for (const { pageInfo } of await Promise.all(lists)) expect(pageInfo.hasNextPage).toBe(false);
  });

  test("reads its secret again for each request, so that a management key can be replaced", async () => {
    const name = "Replaced";
    const keys: string[] = [];
    const create = () => management.createManagementKey({ name, permissions: ["CLIENTS_READ"] });
    const first = await create();
    keys.push(`${first.secret}\n`);
    const { projectId, publicUrl: url } = server;
    const withKey = createManagementClient({
      url,
      projectId,
      secret: async () => keys.at(-1) ?? "",
    });
    await withKey.clients();
    keys.push((await create()).secret);
    const { managementKeyId } = first.managementKey;
    await management.deleteManagementKey({ managementKeyId });
    await withKey.clients();
  });

  test("tries the next secret of its file when one is refused", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "management-key-")), "secret");
    const { projectId, publicUrl: url } = server;
    const withFile = createManagementClient({ url, projectId, secret: secretFile(file) });
    const wrong = "not-the-secret-of-any-management-key";
    writeFileSync(file, `${wrong}\n${server.managementSecret}\n`);
    await withFile.clients();
    writeFileSync(file, `${wrong}\n`);
    await expect(withFile.clients()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("calls with an access token whose scopes are permissions", async () => {
    const audience = `${server.issuer}/graphql`;
    const { api } = await management.createApi({
      identifier: audience,
      name: "Management",
      scopes: [{ value: "clients:read" }],
    });
    const { client, clientSecret } = await management.createClient({ scopes: [] });
    const { clientId } = client;
    await management.createClientGrant({ clientId, apiId: api.apiId, scopes: ["clients:read"] });
    const getToken = () => management.issueToken({ clientId, clientSecret, audience });
    const { accessToken } = await getToken();
    const url = server.publicUrl;
    for (const source of [accessToken, () => accessToken, { getToken }]) {
      const reader = createManagementClient({ url, accessToken: source });
      expect((await reader.client({ clientId }))?.clientId).toBe(clientId);
      await expect(reader.deleteClient({ clientId })).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });

  test("asks its source for another token when one is refused", async () => {
    const audience = `${server.issuer}/graphql`;
    const { client, clientSecret } = await management.createClient({ scopes: [] });
    const { clientId } = client;
    const api = await management.request<{ apiByIdentifier: { apiId: string } }>(
      "query ($identifier: String!) { apiByIdentifier(identifier: $identifier) { apiId } }",
      { identifier: audience },
    );
    const { apiId } = api.apiByIdentifier;
    await management.createClientGrant({ clientId, apiId, scopes: ["clients:read"] });
    const accessToken = createTokenSource({
      issuer: server.issuer,
      clientId,
      clientSecret,
      audience,
    });
    const reader = createManagementClient({ url: server.publicUrl, accessToken });
    await reader.clients();
    const { accessToken: first } = await accessToken.getToken();
    await management.revokeToken({ accessToken: first });
    await reader.clients();
    expect((await accessToken.getToken()).accessToken).not.toBe(first);
  });

  test("sends documents of one's own, and answers with what could be read", async () => {
    const name = "{ project { name } clients { totalCount } }";
    const data = await management.request<{ project: { name: string } }>(name);
    expect(data.project.name).toEqual(expect.any(String));

    const { secret } = await management.createManagementKey({
      name: "Reader",
      permissions: ["SETTINGS_READ"],
    });
    const { projectId, publicUrl: url } = server;
    const reader = createManagementClient({ url, projectId, secret });
    await expect(reader.request(name)).rejects.toMatchObject({ code: "FORBIDDEN" });
    const partly = await reader.request<{ clients: unknown }>(name, {}, { partial: true });
    expect(partly).toMatchObject({ data: { project: data.project, clients: null } });
    expect(partly.errors).toMatchObject([{ code: "FORBIDDEN", responsePath: ["clients"] }]);
  });

  test("shows no credential when it is logged", () => {
    const shown = inspect(management, { depth: 10, showHidden: true }) + JSON.stringify(management);
    expect(shown).not.toContain(server.managementSecret);
  });
});

describe("the URL of the server", () => {
  const create =
    (url: string, options: object = {}) =>
    () =>
      createManagementClient({ url, projectId: "project-1", secret: "secret", ...options });

  test.each([
    "http://localhost:4000",
    "http://127.0.0.1",
    "http://[::1]:1",
    "https://a.test/path/",
  ])("may be %s", (url) => expect(create(url)).not.toThrow());

  test.each([
    "http://auth.example.com",
    "http://127.0.0.1.example.com",
    "auth.example.com",
    "ftp://auth.example.com",
    "https://user:password@auth.example.com",
    "https://auth.example.com?x",
  ])("may not be %s", (url) => expect(create(url)).toThrow(TypeError));

  test("may be http elsewhere where that is allowed", () => {
    expect(create("http://auth.example.com", { allowInsecureHttp: true })).not.toThrow();
  });

  test("does not stand alone: a project's id and secret belong to it", () => {
    const missing = { projectId: "", secret: "" };
    expect(create("https://auth.example.com", missing)).toThrow(/projectId and secret/);
  });
});
