// An application that uses every subpath. It is compiled in an empty project, and prints what it has done as JSON.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { Scope } from "@countersign/sdk";
import { createTokenSource } from "@countersign/sdk/client";
import * as forExpress from "@countersign/sdk/express";
import * as forFastify from "@countersign/sdk/fastify";
import * as forGraphql from "@countersign/sdk/graphql";
import * as forHono from "@countersign/sdk/hono";
import { createManagementClient } from "@countersign/sdk/management";
import { ERROR_CODES, schemaPath } from "@countersign/sdk/schema";
import { createTestIssuer } from "@countersign/sdk/testing";
import { createVerifier, TokenRefused } from "@countersign/sdk/verify";
import express from "express";
import fastify from "fastify";
import { buildSchema, graphql } from "graphql";
import { Hono } from "hono";

const { URL_OF_SERVER: url = "", ISSUER: issuer = "" } = process.env;
const { PROJECT_ID: projectId = "", SECRET: secret = "" } = process.env;
const audience = `https://orders.example.test/${process.version}`;
const scopes: Scope[] = ["orders:read"];

const management = createManagementClient({ url, projectId, secret });
const { api } = await management.createApi({
  identifier: audience,
  name: `Orders of ${process.version}`,
  scopes: [{ value: "orders:read" }, { value: "orders:write" }],
});
const created = await management.createClient({ name: `Shop on ${process.version}`, scopes: [] });
const { clientId } = created.client;
await management.createClientGrant({ clientId, apiId: api.apiId, scopes });
const secrets = [created.clientSecret];

const tokens = createTokenSource({
  issuer,
  clientId,
  clientSecret: () => secrets,
  audience,
  scopes,
});
const verifier = createVerifier({ issuer, audience });

const expressApp = express();
expressApp.get(
  "/orders",
  forExpress.requireAccessToken({ verifier, scopes }),
  (_request, response) => {
    response.json([]);
  },
);
const expressServer = expressApp.listen(0, "localhost");
await once(expressServer, "listening");

const fastifyApp = fastify();
fastifyApp.get(
  "/orders",
  { onRequest: forFastify.requireAccessToken({ verifier, scopes }) },
  async () => [],
);
const fastifyUrl = await fastifyApp.listen({ host: "localhost", port: 0 });

const honoApp = new Hono();
honoApp.get("/orders", forHono.requireAccessToken({ verifier, scopes }), (context) =>
  context.json([]),
);

const authenticate = forGraphql.requireAccessToken({ verifier, scopes });
async function answerGraphql(request: Request) {
  try {
    const { accessToken } = await authenticate(request);
    const schema = buildSchema("type Query { caller: String }");
    const rootValue = { caller: accessToken.clientId };
    const { data } = await graphql({ schema, source: "{ caller }", rootValue });
    return data?.["caller"] === clientId ? 200 : 500;
  } catch (error) {
    return (error as { extensions: { http: { status: number } } }).extensions.http.status;
  }
}

const { port } = expressServer.address() as AddressInfo;
const servers = {
  express: async (call: typeof fetch) => (await call(`http://localhost:${port}/orders`)).status,
  fastify: async (call: typeof fetch) => (await call(`${fastifyUrl}/orders`)).status,
};
const authorization = async () => `Bearer ${(await tokens.getToken()).accessToken}`;
const request = async (withToken: boolean) =>
  new Request("https://orders.example.test/orders", {
    headers: withToken ? { authorization: await authorization() } : {},
  });

const statuses = {
  express: [await servers.express(tokens.fetch), await servers.express(fetch)],
  fastify: [await servers.fastify(tokens.fetch), await servers.fastify(fetch)],
  hono: [
    (await honoApp.fetch(await request(true))).status,
    (await honoApp.fetch(await request(false))).status,
  ],
  graphql: [await answerGraphql(await request(true)), await answerGraphql(await request(false))],
};

await management.rotate(clientId, {
  distribute: (nextSecret) => {
    secrets.unshift(nextSecret);
  },
});
secrets.length = 1;
const rotated = createTokenSource({ issuer, clientId, clientSecret: () => secrets, audience });
const verified = await verifier.verifyAccessToken((await rotated.getToken()).accessToken, {
  scopes,
});

const names: unknown[] = [];
for await (const client of management.pages("clients", { filter: { clientIds: [clientId] } })) {
  names.push(client.name);
}

const testIssuer = await createTestIssuer({ audience, scopes: ["orders:read"] });
const ofTests = createVerifier({ issuer: testIssuer.issuer, audience, fetch: testIssuer.fetch });
const issued = await ofTests.verifyAccessToken(await testIssuer.issueToken());
const foreign = await verifier
  .verifyAccessToken(await testIssuer.issueToken())
  .catch((error) => error);
assert(foreign instanceof TokenRefused);

expressServer.close();
await fastifyApp.close();
await testIssuer.close();
console.log(
  JSON.stringify({
    version: process.version,
    statuses,
    isVerified: verified.clientId === clientId,
    names,
    issuedScopes: issued.scopes,
    foreign: foreign.code,
    errorCode: "CLIENT_NOT_FOUND" in ERROR_CODES,
    schema: (await readFile(schemaPath(), "utf8")).includes("createClient("),
  }),
);
