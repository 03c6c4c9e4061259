import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type HttpServer, startHttpServer } from "./http-servers.js";
import { ProtectedServers, streamOf, tokensSeen } from "./protected-servers.js";

describe("the fetch of a token source that is redirected", () => {
  let servers: ProtectedServers;
  let api: HttpServer;
  let elsewhere: HttpServer;

  beforeAll(async () => {
    servers = await ProtectedServers.start();
    ({ api, elsewhere } = servers);
  });

  afterAll(() => servers.stop());

  beforeEach(() => {
    servers.reset();
  });

  const redirectTo = (location: string, status = 302) => {
    api.handler = ({ path }, response) => {
      if (path === "/start") response.writeHead(status, { location });
      response.end("arrived");
    };
  };
  const start = () => `${api.origin}/start`;

  test("takes the token along on the same origin", async () => {
    redirectTo("/next");
    const response = await servers.source().fetch(start());
    expect(await response.text()).toBe("arrived");
    expect(response.url).toBe(`${api.origin}/next`);
    expect(tokensSeen(api)).toEqual(["Bearer token-1", "Bearer token-1"]);
  });

  test.each([301, 302, 303, 307, 308])(
    "sends nothing secret to another origin (%s)",
    async (status) => {
      redirectTo(`${elsewhere.origin}/there`, status);
      const headers = { cookie: "a=b", "proxy-authorization": "Basic x", "x-other": "kept" };
      const response = await servers.source().fetch(start(), { headers });
      expect(await response.text()).toBe("ok");
      const [seen] = elsewhere.requests;
      expect(seen).toMatchObject({ path: "/there", authorization: undefined, dpop: undefined });
      expect(seen?.headers).toMatchObject({ "x-other": "kept" });
      expect(seen?.headers).not.toHaveProperty("cookie");
    },
  );

  test("does not take it along when a chain comes back", async () => {
    redirectTo(`${elsewhere.origin}/there`);
    elsewhere.handler = (_, response) =>
      response.writeHead(302, { location: `${api.origin}/back` }).end();
    await servers.source().fetch(start());
    expect(tokensSeen(api)).toEqual(["Bearer token-1", undefined]);
  });

  test.each([
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [302, "PUT", "PUT", "text"],
    [307, "POST", "POST", "text"],
    [308, "PATCH", "PATCH", "text"],
  ])("makes of %s and %s a %s, as fetch does", async (status, method, becomes, body) => {
    redirectTo("/next", status);
    const init = { method, body: "text", headers: { "content-type": "text/plain" } };
    await servers.source().fetch(start(), init);
    expect(api.requests[1]).toMatchObject({ method: becomes, body });
    expect("content-type" in (api.requests[1]?.headers ?? {})).toBe(body !== "");
    const plain = await startHttpServer((seen, response) => {
      if (seen.path === "/start") response.writeHead(status, { location: "/next" });
      response.end();
    });
    await fetch(`${plain.origin}/start`, init);
    plain.stop();
    expect(plain.requests[1]).toMatchObject({ method: becomes, body });
  });

  test("ends after twenty, and refuses to send a stream again", async () => {
    redirectTo("/start");
    await expect(servers.source().fetch(start())).rejects.toThrow("Too many redirects");
    expect(api.requests).toHaveLength(21);
    redirectTo("/next", 307);
    const init = { method: "POST", body: streamOf("x"), duplex: "half" } as const;
    await expect(servers.source().fetch(start(), init)).rejects.toThrow("body");
  });

  test("follows none where it is told not to", async () => {
    redirectTo("/next");
    expect((await servers.source().fetch(start(), { redirect: "manual" })).status).toBe(302);
    await expect(servers.source().fetch(start(), { redirect: "error" })).rejects.toThrow(
      "fetch failed",
    );
    expect(api.requests).toHaveLength(2);
  });
});
