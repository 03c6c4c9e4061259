import { expect, test } from "@jest/globals";
import { ISSUER_PATHS, ROUTE_DESCRIPTIONS } from "../../src/route-descriptions.js";
import { startTestServer } from "../support/test-server.js";

/** The paths that a described one stands for. */
function pathsOf(path: string): string[] {
  if (!path.startsWith("{issuer}")) return [path];
  const rest = path.replace("{issuer}", "");
  const isMetadata = /\/(?:openid-configuration|oauth-authorization-server)$/.test(rest);
  const atEnd = isMetadata ? ISSUER_PATHS.slice(1).map((issuer) => rest + issuer) : [];
  return [...ISSUER_PATHS.map((issuer) => issuer + rest), ...atEnd];
}

test("docs/reference/routes.md describes the routes that the server has", async () => {
  const server = await startTestServer();
  const routes = server
    .routes()
    // Issuers may have up to three path segments, each with routes of its own.
    .filter((route) => !route.includes(":issuer1"))
    // Metadata are served with a slash at the end as well.
    .filter((route) => !/\/\.well-known\/.*\/$/.test(route))
    .map((route) => route.replace(/(?:, )?\b(?:HEAD|OPTIONS)\b/g, "").replace(/^, /, ""));
  const described = ROUTE_DESCRIPTIONS.flatMap(({ path, methods }) =>
    pathsOf(path).map((each) => `${[...methods].sort().join(", ")} ${each}`),
  );
  expect(routes.sort()).toEqual(described.sort());
  await server.stop();
});
