import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { APP, corsHeaders, sendPreflight } from "../support/cross-origin.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const STUDIO = "https://studio.apollographql.com";
const NAME = "{ project { name } }";

describe("Apollo's hosted Sandbox", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ allowsHostedSandbox: true, allowedOrigins: [APP] });
  });

  afterAll(async () => {
    await server.stop();
  });

  const preflight = (origin: string) => sendPreflight(`${server.url}/graphql`, origin);

  test("may call the API with a management secret, and without cookies", async () => {
    expect(corsHeaders(await preflight(STUDIO))).toEqual({
      "access-control-allow-origin": STUDIO,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-expose-headers": "retry-after, x-request-id",
      "access-control-max-age": "600",
    });
    const answer = await server.operator.send(NAME, {}, { origin: STUDIO });
    expect(answer.errors).toEqual([]);
    expect(corsHeaders(answer)).toMatchObject({ "access-control-allow-origin": STUDIO });
    expect(corsHeaders(answer)).not.toHaveProperty("access-control-allow-credentials");
  });

  test("is one origin, and changes nothing for the others", async () => {
    for (const origin of ["https://apollographql.com", `${STUDIO}.example.com`, `${STUDIO}:8443`]) {
      expect(corsHeaders(await preflight(origin))).toEqual({});
    }
    const { errors } = await server.operator.send(NAME, {}, { origin: APP });
    expect(errors[0]).toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
  });

  test("reads nothing of other routes", async () => {
    for (const path of ["/oauth/token", "/explorer/icon.svg", "/healthz"]) {
      const answer = await fetch(server.url + path, { headers: { origin: STUDIO } });
      expect(corsHeaders(answer)).toEqual({});
    }
  });

  test("is shut out where it is not allowed, as in production", async () => {
    await server.restart({ allowsHostedSandbox: false });
    expect(corsHeaders(await preflight(STUDIO))).toEqual({});
  });

  test("may send a Bearer token there if ALLOWED_ORIGINS names it, and nothing else", async () => {
    await server.restart({ allowsHostedSandbox: false, allowedOrigins: [STUDIO] });
    expect(corsHeaders(await preflight(STUDIO))).toMatchObject({
      "access-control-allow-headers": "authorization, content-type",
    });
    const { errors } = await server.operator.send(NAME, {}, { origin: STUDIO });
    expect(errors[0]).toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
  });
});
