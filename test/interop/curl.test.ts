import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { type Credentials, createClient, importClient } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

/** Contains characters that form encoding changes: separators, space, percent, plus and non-ASCII letters. */
const AWKWARD_SECRET = "a+b/c:d%20é &=?~ tülü-kâğıt 9";

describe("curl", () => {
  let server: LiveServer;

  beforeAll(async () => {
    server = await startLiveServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const curl = async (...args: string[]) => {
    const output = await runProgram("curl", ["-sS", "-w", "\n%{http_code}", ...args]);
    const [body = "", status] = output.split(/\n(?=\d+$)/);
    return { status: Number(status), body: JSON.parse(body) as Record<string, string> };
  };
  const ask = (user: string, ...args: string[]) => {
    const url = `${server.issuer}/oauth/token`;
    return curl("-u", user, "-d", "grant_type=client_credentials", ...args, url);
  };
  const encoded = ({ clientId, clientSecret }: Credentials) =>
    [clientId, clientSecret].map(formEncode).join(":");

  test("gets a token with -u and an unencoded generated secret", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const { status, body } = await ask(`${clientId}:${clientSecret}`, "-d", "scope=read:users");
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "read:users" });
    expect(decodeJwt(body["access_token"] ?? "").sub).toBe(clientId);
  });

  test("gets a token with -u and a form-encoded imported id and secret", async () => {
    const credentials = { clientId: "legacy|app:1/x@y", clientSecret: AWKWARD_SECRET };
    await importClient(server.operator, credentials);
    const { status, body } = await ask(encoded(credentials));
    expect(body).not.toHaveProperty("error");
    expect(status).toBe(200);
    expect(decodeJwt(body["access_token"] ?? "").sub).toBe(credentials.clientId);
    const other = { ...credentials, clientSecret: AWKWARD_SECRET.replace("+", " ") };
    expect((await ask(encoded(other))).status).toBe(401);
  });

  test("gets a token with an imported secret in the body, which curl encodes", async () => {
    const credentials = { clientId: "legacy-body", clientSecret: AWKWARD_SECRET };
    await importClient(server.operator, credentials);
    const { status } = await curl(
      ...["-d", "grant_type=client_credentials"],
      ...["--data-urlencode", `client_id=${credentials.clientId}`],
      ...["--data-urlencode", `client_secret=${credentials.clientSecret}`],
      `${server.issuer}/oauth/token`,
    );
    expect(status).toBe(200);
  });

  test("gets a token with an unencoded percent sign in the secret", async () => {
    const credentials = { clientId: "legacy-raw", clientSecret: "100%-kettle-drummer" };
    await importClient(server.operator, credentials);
    const { status } = await ask(`${credentials.clientId}:${credentials.clientSecret}`);
    expect(status).toBe(200);
  });

  test("gets a token with a JSON body at the path without a project", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const body = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    };
    const { status } = await curl(
      ...["-H", "content-type: application/json", "-d", JSON.stringify(body)],
      `${server.publicUrl}/oauth/token`,
    );
    expect(status).toBe(200);
  });
});

/** RFC 6749 appendix B, implemented independently of the server's decoding. */
function formEncode(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice("x=".length);
}
