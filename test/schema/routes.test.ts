import { expect, test } from "@jest/globals";
import { DESCRIBED_PATHS, pathsOf } from "../support/described-routes.js";
import { startTestServer } from "../support/test-server.js";

test("docs/reference/openapi.json describes the routes that the server has", async () => {
  const server = await startTestServer();
  const routes = server
    .routes()
    .map((route) => route.replaceAll(/:(\w+)/g, "{$1}"))
    // Issuers may have up to three path segments, each with routes of its own.
    .filter((route) => !route.includes("{issuer1}"))
    // Metadata are served with a slash at the end as well.
    .filter((route) => !/\/\.well-known\/.*\/$/.test(route))
    .map((route) => route.replace(/(?:, )?\b(?:HEAD|OPTIONS)\b/g, "").replace(/^, /, ""));
  const described = DESCRIBED_PATHS.flatMap((described) => {
    const methods = Object.keys(described.operations).map((method) => method.toUpperCase());
    return pathsOf(described).map((path) => `${methods.sort().join(", ")} ${path}`);
  });
  expect(routes.sort()).toEqual(described.sort());
  await server.stop();
});
