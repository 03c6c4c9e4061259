import type dns from "node:dns";
import { describe, expect, test } from "@jest/globals";
import { AllowedHosts } from "../../../src/key-sets/allowed-hosts.js";
import { fetchKeySet } from "../../../src/key-sets/key-set-fetch.js";
import { KeySetUnavailable } from "../../../src/key-sets/key-set-unavailable.js";
import { startConnectProxy } from "../../support/connect-proxy.js";

/** A resolver that returns these addresses for any name. */
function resolveTo(...addresses: string[]): typeof dns.lookup {
  const lookup = (_name: string, _options: unknown, done: (...answer: unknown[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  return lookup as unknown as typeof dns.lookup;
}

function failToResolve(code: string): typeof dns.lookup {
  const lookup = (_name: string, _options: unknown, done: (error: Error) => void) =>
    done(Object.assign(new Error(`marker ${code}`), { code }));
  return lookup as unknown as typeof dns.lookup;
}

const policyWith = (allowedHosts: string, allowInsecure = false) => ({
  allowInsecure,
  allowedHosts: AllowedHosts.parse(allowedHosts),
});
const URL_OF_NAME = "https://keys.example.com/jwks";

describe("fetchKeySet", () => {
  const refusal = async (
    resolve: typeof dns.lookup | undefined,
    policy = policyWith(""),
    url = URL_OF_NAME,
    timeoutMs?: number,
  ): Promise<KeySetUnavailable> => {
    const options = { policy, ...(resolve && { resolve }), ...(timeoutMs && { timeoutMs }) };
    const error = await fetchKeySet(url, options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(KeySetUnavailable);
    return error as KeySetUnavailable;
  };

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
  ])("refuses a host name that resolves to %j, in one sentence", async (addresses) => {
    const { message } = await refusal(resolveTo(...addresses));
    expect(message).toBe(
      "The key set's URL must have a public host, or one that the server's operator has listed in KEY_SET_ALLOWED_HOSTS",
    );
  });

  test.each<[list: string, addresses: string[]]>([
    ["192.168.0.0/16", ["10.1.2.3"]],
    ["10.0.0.0/8", ["10.1.2.3", "192.168.0.1"]],
    ["keys.example.com", ["169.254.169.254"]],
    ["keys.example.com", ["10.1.2.3", "127.0.0.1"]],
    ["keys.example.com:8443", ["10.1.2.3"]],
    ["*.example.com", ["fd00:ec2::254"]],
  ])("refuses it also if %s is allowed and it resolves to %j", async (list, addresses) => {
    const { message, cause } = await refusal(resolveTo(...addresses), policyWith(list));
    expect(message).toMatch(/must have a public host/);
    expect(cause).toMatchObject({
      message: expect.stringMatching(/^keys\.example\.com resolves to [\d.a-f:]+$/),
    });
  });

  test("connects to the address that it has checked, and resolves the name once", async () => {
    let times = 0;
    const resolve = ((name: string, options: object, done: () => void) => {
      // A second answer would be that of a rebinding name server.
      const lookup = resolveTo(times++ === 0 ? "127.0.0.1" : "10.0.0.1");
      return lookup(name, options as dns.LookupAllOptions, done);
    }) as unknown as typeof dns.lookup;
    const url = "https://keys.example.com:9/jwks";
    const { message } = await refusal(resolve, policyWith("127.0.0.1"), url);
    expect(message).toBe("The key set's server cannot be reached (ECONNREFUSED)");
    expect(times).toBe(1);
  });

  test.each<[string, typeof dns.lookup, string]>([
    ["has no address", resolveTo(), "does not resolve to an address (ENOTFOUND)"],
    ["does not exist", failToResolve("ENOTFOUND"), "does not resolve to an address (ENOTFOUND)"],
    [
      "has a name server that is away",
      failToResolve("EAI_AGAIN"),
      "cannot be resolved: the name server does not answer (EAI_AGAIN)",
    ],
  ])("says that a host %s", async (_what, resolve, sentence) => {
    const { message, cause } = await refusal(resolve);
    expect(message).toBe(`The host of the key set's URL ${sentence}`);
    expect(cause).toMatchObject({ message: expect.stringContaining("keys.example.com:443: E") });
  });

  test("gives up a name server that does not answer", async () => {
    const silent = (() => {}) as unknown as typeof dns.lookup;
    const { message } = await refusal(silent, policyWith(""), URL_OF_NAME, 20);
    expect(message).toBe("The key set's server does not answer in time (ETIMEDOUT)");
  });

  test("does not ask a proxy for a name that resolves to a private address", async () => {
    const proxy = await startConnectProxy();
    const proxyEnvironment = { HTTPS_PROXY: proxy.url };
    try {
      for (const resolve of [resolveTo("10.0.0.1"), resolveTo("8.8.8.8", "169.254.169.254")]) {
        const options = { policy: policyWith("192.168.0.0/16"), proxyEnvironment, resolve };
        await expect(fetchKeySet(URL_OF_NAME, options)).rejects.toThrow(/must have a public host/);
      }
      expect(proxy.requests).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });

  test("gives up a proxy that does not answer", async () => {
    const proxy = await startConnectProxy();
    try {
      const options = {
        policy: policyWith(""),
        proxyEnvironment: { HTTPS_PROXY: proxy.url },
        resolve: failToResolve("ENOTFOUND"),
        timeoutMs: 300,
      };
      await expect(fetchKeySet(URL_OF_NAME, options)).rejects.toThrow(
        /^The key set's server does not answer in time|^The proxy of HTTPS_PROXY does not connect/,
      );
      expect(proxy.requests).toHaveLength(1);
    } finally {
      await proxy.stop();
    }
  });

  test.each<[string, RegExp]>([
    ["https://127.0.0.1/", /must have a public host/],
    ["https://[::1]/", /must have a public host/],
    ["http://keys.example.com/", /must begin with https:/],
    ["https://user@keys.example.com/", /must not contain a user name/],
    ["keys", /must be a URL such as/],
  ])("refuses the URL %s", async (url, problem) => {
    const { message } = await refusal(undefined, policyWith(""), url);
    expect(message).toMatch(problem);
    expect(message).toMatch(/^The key set's URL must /);
  });
});
