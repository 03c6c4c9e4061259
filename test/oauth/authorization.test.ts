import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { updateProject } from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { issuerFor, post, send, sendTo } from "./oauth-operations.js";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const QUERY = new URLSearchParams({
  response_type: "code",
  client_id: "marker-client",
  redirect_uri: "https://marker.example.com/callback",
  scope: "marker:scope",
  state: "<script>marker</script>",
});

describe("the authorization endpoint (RFC 6749 section 3.1)", () => {
  let server: TestServer;
  let path: string;

  beforeAll(async () => {
    server = await startTestServer();
    path = `/projects/${server.projectId}/oauth/authorize`;
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each([undefined, "application/json", "*/*", "image/png"])(
    "tells a program that accepts %p where tokens are, as unsupported_response_type",
    async (accept) => {
      const headers: Record<string, string> = accept ? { accept } : {};
      const answer = await send(server, `${path}?${QUERY}`, { headers });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("vary")).toContain("Accept");
      expect(Object.keys(answer.body)).toEqual(["error", "error_description"]);
      expect(answer.body.error).toBe("unsupported_response_type");
      expect(answer.body.error_description).toMatch(/^Nobody signs in here/);
      expect(answer.body.error_description).toContain(`${issuerFor(server)}/oauth/token`);
      expect(answer.body.error_description).toContain("MCP");
      // RFC 6749 section 4.1.2.1
      expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
    },
  );

  test("shows a browser a page with the same words, which may load and run nothing", async () => {
    const program = await send(server, path);
    const answer = await send(server, `${path}?${QUERY}`, { headers: { accept: BROWSER } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;]+; base-uri 'none'/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.text).not.toMatch(/<script|<form|<img|<link/);
    const words = [...answer.text.matchAll(/<p>([^<]*)<\/p>/g)].map(([, text]) => text);
    expect(words.join(" ")).toBe(program.body.error_description);
    expect(answer.text).toContain("unsupported_response_type");
  });

  test.each([BROWSER, "application/json"])(
    "never redirects and repeats nothing of the request to %p",
    async (accept) => {
      for (const init of [
        { headers: { accept } },
        { headers: { accept }, method: "POST", body: QUERY },
      ]) {
        const answer = await send(server, `${path}?${QUERY}`, { ...init, redirect: "manual" });
        expect(answer.status).toBe(400);
        expect(answer.headers.get("location")).toBeNull();
        expect(JSON.stringify([...answer.headers])).not.toContain("marker");
        expect(answer.text).not.toContain("marker");
      }
    },
  );

  test("answers POST as it answers GET", async () => {
    const got = await send(server, path);
    const posted = await post(server, path, Object.fromEntries(QUERY));
    expect([posted.status, posted.body]).toEqual([400, got.body]);
  });

  test("is where the metadata say, on every issuer", async () => {
    const { body } = await send(server, "/.well-known/oauth-authorization-server");
    const url = body.authorization_endpoint as string;
    expect(url).toBe(`${PUBLIC_URL}${path}`);
    const other = await server.otherProject();
    const issuer = "https://sign-in.example.org/team/";
    await updateProject(other.operator, { issuer });
    const answer = await sendTo(server, "sign-in.example.org", "/team/oauth/authorize");
    expect(answer.body.error_description).toContain(`${issuer}oauth/token`);
    expect((await send(server, "/oauth/authorize")).body.error).toBe("unsupported_response_type");
    expect((await send(server, "/projects/project_unknown/oauth/authorize")).status).toBe(404);
  });

  test("has no other method", async () => {
    const answer = await send(server, path, { method: "PUT" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
  });
});

test("the page of the authorization endpoint escapes the server's own URL", async () => {
  const server = await startTestServer({ publicUrl: "https://auth.example.com/o'neill&co" });
  const path = `/o'neill&co/projects/${server.projectId}/oauth/authorize`;
  const { text } = await send(server, path, { headers: { accept: BROWSER } });
  expect(text).toContain("https://auth.example.com/o&#39;neill&#38;co/projects/");
  await server.stop();
});
