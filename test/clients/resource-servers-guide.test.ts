import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createApi, issueAccessToken } from "../oauth/oauth-operations.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { createClient, updateProject } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

/** The programs that run against a server, by what the guide calls their language. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  js: ["typescript/verifiers/jose.mjs", "typescript/verifiers/express-oauth2-jwt-bearer.mjs"],
  python: ["python/verify_tokens.py"],
  go: ["go/verify-tokens/main.go"],
  java: ["java/VerifyTokens.java"],
  rust: ["rust/src/bin/verify-tokens.rs"],
};

const withoutIndentation = (text: string) => text.replace(/^[ \t]+/gm, "");

const blocks = blocksOf("docs/resource-servers.md");

const codeIn = (name: string) =>
  blocks.filter(({ language }) => language === name).map(({ code }) => code);

test("the guide to resource servers has code for each language", () => {
  const others = ["sh", "graphql", "json"];
  expect(new Set(blocks.map(({ language }) => language))).toEqual(
    new Set([...Object.keys(PROGRAMS), ...others]),
  );
});

test.each(blocks.filter(({ language }) => language in PROGRAMS))(
  "its code in $language is that of a tested program",
  ({ language, code }) => {
    const programs = (PROGRAMS[language] ?? []).map((file) =>
      withoutIndentation(readFileSync(`test/clients/${file}`, "utf8")),
    );
    expect(programs.filter((program) => program.includes(withoutIndentation(code)))).toHaveLength(
      1,
    );
  },
);

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
