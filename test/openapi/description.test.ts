import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  answersOf,
  DESCRIBED_PATHS,
  DOCUMENT,
  everythingDescribed,
} from "../support/described-routes.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { problemsOf } from "../support/schema-validators.js";
import { askAsGateway, checkTokens } from "./check-requests.js";
import { operate, readDocuments } from "./document-requests.js";
import { meetFailures } from "./failures.js";
import { registerClients } from "./registration-requests.js";
import { askForTokens } from "./token-requests.js";
import { createWorld, type World } from "./world.js";

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  await world.server.stop();
});

test("docs/reference/openapi.json describes every answer, and nothing that does not occur", async () => {
  const { server } = world;
  await askForTokens(world);
  await askForTokens(world, `/v1/public/${server.projectId}/oauth2/token`);
  await checkTokens(world, "introspect");
  await checkTokens(world, "revoke");
  await askAsGateway(world);
  await registerClients(world);
  await readDocuments(world);
  await operate(world);
  await meetFailures(world, DESCRIBED_PATHS);
  await server.traffic.assertDescribed();
  const missing = everythingDescribed().filter((part) => !server.traffic.met.has(part));
  expect(missing).toEqual([]);
});

test("docs/reference/error-codes.md has an example that the server answers", async () => {
  const [example] = blocksOf("docs/reference/error-codes.md", "json");
  const query = `mutation { createClient(input: { scopes: ["read orders"] }) { clientSecret } }`;
  const { projectId, managementSecret, url } = world.server;
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: basicAuthorization(projectId, managementSecret),
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await answer.json()) as { data: unknown; errors: object[] };
  const shown = errors.map((error) => ({ ...error, locations: undefined }));
  expect({ data, errors: shown }).toEqual(JSON.parse(example?.code ?? ""));
});

test("each example in docs/reference/openapi.json fits its schema", () => {
  const contents = DESCRIBED_PATHS.flatMap(({ operations }) => Object.values(operations)).flatMap(
    (operation) => [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...answersOf(operation).flatMap(({ content }) => Object.values(content)),
    ],
  );
  const problems = contents.flatMap(({ schema, example, examples = {} }) =>
    [example ?? [], ...Object.values(examples).map(({ value }) => value)]
      .flat()
      .flatMap((value) => problemsOf(value, schema, "answer")),
  );
  expect(problems).toEqual([]);
});

test("has the version of the package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(DOCUMENT.info.version).toBe(version);
});
