import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DESCRIBED_PATHS, DOCUMENT, everythingDescribed } from "../support/described-routes.js";
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

test("has the version of the package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(DOCUMENT.info.version).toBe(version);
});
