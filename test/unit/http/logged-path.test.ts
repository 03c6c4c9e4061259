import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loggedPath } from "../../../src/http/logged-path.js";

test.each([
  ["/projects/project_4fX/oauth/tokens?client_secret=x", "/projects/project_4fX/oauth/tokens"],
  ["/oauth/token#x", "/oauth/token"],
  ["/oauth/token;x=y", "/oauth/token"],
  [
    "/projects/project-test-11111111-2222-4333-8444-555555555555/x",
    "/projects/project-test-11111111-2222-4333-8444-555555555555/x",
  ],
  ["/client_secret=Zq8vLr3", "/client_secret=…"],
  ["/oauth/token&client_secret=Zq8vLr3", "/oauth/token"],
  ["/oauth/token%3Fclient_secret%3DZq8vLr3", "/oauth/token"],
  ["/oauth/client_secret%3dZq8vLr3/x", "/oauth/client_secret%3d…/x"],
  ["/x/key-Zq8vLr3kQ7vT9xW2pL5", "/x/…"],
  ["/x/api_Zq8vLr3kQ7vT9xW2pL5", "/x/…"],
  ["/x/project-Zq8vLr3kQ7vT9xW2pL5", "/x/…"],
  ["/clients/client_0123456789abcdefghijAB", "/clients/client_0123456789abcdefghijAB"],
  ["/x/z9mX3QyT4uVwA7bC2dE5fG8hJ1kL6nP0/y", "/x/…/y"],
  ["/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server"],
  ["", ""],
])("of %j the log shows %j", (url, shown) => {
  expect(loggedPath(url)).toBe(shown);
});

test("no query and no long part with letters and digits is shown of any URL", () => {
  const secret = fc.stringMatching(/^[a-z]\d[A-Za-z0-9]{18,60}$/);
  fc.assert(
    fc.property(fc.webPath(), secret, fc.webQueryParameters(), (path, hidden, query) => {
      const shown = loggedPath(`${path}/${hidden}?${query}&token=${hidden}`);
      expect(shown).not.toContain(hidden);
      expect(shown).not.toContain("?");
    }),
  );
});
