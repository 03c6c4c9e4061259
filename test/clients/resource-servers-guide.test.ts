import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createApi, issueAccessToken } from "../oauth/oauth-operations.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { createClient, updateProject } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

const codeIn = (language: string) =>
  blocksOf("docs/resource-servers.md", language).map(({ code }) => code);

describe("what the guide does at a server", () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await startLiveServer();
  });
  afterAll(() => server.stop());

  test("are commands with which the project's introspection client asks, for JSON and for a JWT", async () => {
    const client = await createClient(server.operator);
    const token = await issueAccessToken(server, client);
    const resourceServer = await createClient(server.operator);
    await updateProject(server.operator, { introspectionClientId: resourceServer.clientId });
    const environment = {
      ISSUER: server.issuer,
      CLIENT_ID: resourceServer.clientId,
      CLIENT_SECRET: resourceServer.clientSecret,
      TOKEN: token,
    };
    const answers = [];
    for (const command of codeIn("sh")) {
      answers.push(await runProgram("sh", ["-c", command], environment));
    }
    const [json = "", jwt = "", ...others] = answers;
    expect(JSON.parse(json)).toMatchObject({ active: true, client_id: client.clientId });
    expect(decodeJwt(jwt)).toMatchObject({
      aud: resourceServer.clientId,
      token_introspection: JSON.parse(json),
    });
    expect(others).toEqual([]);
  });

  test("is a query for protected resource metadata, with the answer that it shows", async () => {
    const [query = ""] = codeIn("graphql");
    const [shown = ""] = codeIn("json");
    const metadata = JSON.parse(shown);
    const { apiId } = await createApi(server.operator, {
      identifier: metadata.resource,
      name: metadata.resource_name,
      scopes: [{ value: "tools:read" }, { value: "tools:write" }],
      advertisedScopes: metadata.scopes_supported,
    });
    const { api } = await server.operator.request(query, { apiId });
    expect(api.protectedResourceMetadata).toEqual({
      ...metadata,
      authorization_servers: [server.issuer],
    });
    const fetched = await fetch(api.protectedResourceMetadataUrl);
    expect(await fetched.json()).toEqual(api.protectedResourceMetadata);
  });
});
