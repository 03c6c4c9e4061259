import { expect, test } from "@jest/globals";
import { ROUTE_DESCRIPTIONS } from "../../src/route-descriptions.js";
import { startTestServer } from "../support/test-server.js";

test("docs/reference/routes.md describes the routes that the server has", async () => {
  const server = await startTestServer();
  const routes = server
    .routes()
    // Issuers may have up to three path segments, each with routes of its own.
    .filter((route) => !route.includes(":issuer1"))
    .map((route) => route.replace(/(?:, )?\b(?:HEAD|OPTIONS)\b/g, "").replace(/^, /, ""));
  const described = ROUTE_DESCRIPTIONS.map(({ path, methods }) => {
    return `${[...methods].sort().join(", ")} ${path}`;
  });
  expect(routes.sort()).toEqual(described.sort());
  await server.stop();
});
