import { expect, test } from "@jest/globals";
import { toListenError } from "../../src/listen-problems.js";

const ADDRESS = { host: "marker", port: 443 };

test.each([
  [
    "EADDRINUSE",
    "listen",
    /^PORT: another program listens on port 443 .*set PORT to another port$/,
  ],
  [
    "EACCES",
    "listen",
    /^PORT: the server's user may not listen on port 443 .* proxy listen on 443$/,
  ],
  ["EADDRNOTAVAIL", "listen", /^HOST: this machine does not have the address .*: set HOST to/],
  ["EAFNOSUPPORT", "listen", /^HOST: this machine has no such addresses .*: set HOST to/],
  ["ENOTFOUND", "getaddrinfo", /^HOST: the name has no address .*: set HOST to/],
  ["EAI_AGAIN", "getaddrinfo", /^HOST: the name cannot be looked up .*: set HOST to/],
])("%s of %s is one sentence with the setting and the remedy", (code, syscall, sentence) => {
  const { message } = toListenError(
    Object.assign(new Error("x"), { code, syscall }),
    ADDRESS,
  ) as Error;
  expect(message).toMatch(sentence);
  expect(message).toContain(`(${code})`);
  expect(message).not.toContain("marker");
});

test("an error of a file is not taken for one of the port", () => {
  const error = Object.assign(new Error("x"), { code: "EACCES", syscall: "open" });
  expect(toListenError(error, ADDRESS)).toBe(error);
});
