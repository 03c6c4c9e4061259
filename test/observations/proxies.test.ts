import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestServer, type TestServer } from "../support/test-server.js";

const FORWARDED = { "x-forwarded-for": "203.0.113.7" };
const ALL = { ...FORWARDED, "x-forwarded-proto": "https", "x-forwarded-host": "auth.example.test" };

describe("what a process observes of its proxies", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ trustedProxies: ["127.0.0.0/29"] });
  });

  afterAll(() => server.stop());

  const ask = (localAddress: string, headers: Record<string, string>, path = "/graphql") =>
    new Promise<void>((resolve, reject) => {
      const options = { localAddress, headers: { host: "auth.example.test", ...headers } };
      request(`${server.url}${path}`, options, (response) => {
        response.resume().once("end", resolve);
      })
        .once("error", reject)
        .end();
    });
  const observed = async (address: string) => {
    await server.services.observations.flush();
    const list = await server.services.observations.list();
    return list.flatMap(({ kind, subject }) => (subject === address ? [kind] : []));
  };

  test.each([
    ["an address that is not trusted", "127.0.0.9", ALL, ["FORWARDED_BY_UNTRUSTED_ADDRESS"]],
    ["a caller without a proxy", "127.0.0.10", {}, []],
    ["a good proxy", "127.0.0.2", ALL, []],
    ["a proxy that drops the scheme", "127.0.0.3", FORWARDED, ["PROXY_WITHOUT_PROTO"]],
    [
      "a proxy that drops the host",
      "127.0.0.4",
      { ...FORWARDED, "x-forwarded-proto": "https", host: "127.0.0.1:4000" },
      ["PROXY_WITHOUT_HOST"],
    ],
  ])("%s", async (_name, address, headers, kinds) => {
    await ask(address, headers as Record<string, string>);
    expect(await observed(address)).toEqual(kinds);
  });

  test("a trusted address that sends no headers, but not its probes", async () => {
    for (let i = 0; i < 20; i++) await ask("127.0.0.5", {}, "/healthz");
    expect(await observed("127.0.0.5")).toEqual([]);
    for (let i = 0; i < 20; i++) await ask("127.0.0.5", {});
    expect(await observed("127.0.0.5")).toEqual(["PROXY_WITHOUT_FORWARDED_FOR"]);
  });

  test("is gone when the proxy sends what it should", async () => {
    for (const address of ["127.0.0.3", "127.0.0.4", "127.0.0.5"]) {
      await ask(address, ALL);
      expect(await observed(address)).toEqual([]);
    }
  });
});
