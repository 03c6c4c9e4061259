import { expect, test } from "@jest/globals";
import { proxyProblem } from "../../../src/key-sets/proxy-environment.js";

test("a proxy that this Node.js would ignore is told at the start", () => {
  const environment = { HTTPS_PROXY: "http://user:marker@proxy:3128" };
  const problem = proxyProblem(environment, false);
  expect(problem).toMatch(/^HTTPS_PROXY and HTTP_PROXY are ignored.* use 22\.21, 24\.5 or newer/);
  expect(problem).not.toContain("marker");
  expect(proxyProblem(environment, true)).toBeNull();
  expect(proxyProblem(undefined, false)).toBeNull();
});
