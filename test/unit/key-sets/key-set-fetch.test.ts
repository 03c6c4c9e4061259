import type dns from "node:dns";
import { describe, expect, test } from "@jest/globals";
import { fetchKeySet } from "../../../src/key-sets/key-set-fetch.js";

/** A resolver that returns these addresses for any name. */
function resolveTo(...addresses: string[]): typeof dns.lookup {
  const lookup = (_name: string, _options: unknown, done: (...answer: unknown[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  return lookup as unknown as typeof dns.lookup;
}

describe("fetchKeySet", () => {
  test.each([
    [["127.0.0.1"]],
    [["10.1.2.3"]],
    [["169.254.169.254"]],
    [["168.63.129.16"]],
    [["::1"]],
    [["::ffff:10.0.0.1"]],
    [["fd00::1"]],
    [["100.64.0.1"]],
    [["64:ff9b::a00:1"]],
    [["8.8.8.8", "10.0.0.1"]],
    [["::7f00:1"]],
    [["4000::1"]],
    [["not an address"]],
  ])("refuses a host name that resolves to %j", async (addresses) => {
    const fetched = fetchKeySet("https://keys.example.com/jwks", {
      allowInsecure: false,
      signal: AbortSignal.timeout(60_000),
      resolve: resolveTo(...addresses),
    });
    await expect(fetched).rejects.toThrow("the host's address is not public");
  });

  test("refuses a host name without an address", async () => {
    const fetched = fetchKeySet("https://keys.example.com/jwks", {
      allowInsecure: false,
      signal: AbortSignal.timeout(60_000),
      resolve: resolveTo(),
    });
    await expect(fetched).rejects.toThrow("the host has no address");
  });

  test.each(["https://127.0.0.1/", "http://keys.example.com/", "https://[::1]/"])(
    "refuses the URL %s",
    async (url) => {
      const options = { allowInsecure: false, signal: AbortSignal.timeout(60_000) };
      await expect(fetchKeySet(url, options)).rejects.toThrow("Must be an https URL");
    },
  );
});
