import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader } from "jose";
import { createClient, updateProject } from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import {
  issueAccessToken,
  type OAuthAnswer,
  post,
  postCredentials,
  send,
  sendTo,
} from "./oauth-operations.js";

const DAY_SECONDS = 86_400;
const FORMS = ["oauth-authorization-server", "openid-configuration"];

describe("metadata (RFC 8414)", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const ASSERTIONS = ["RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"];
  const METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
  const metadataOf = (issuer: string) => {
    const base = issuer.replace(/\/$/, "");
    return {
      issuer,
      authorization_endpoint: `${base}/oauth/authorize`,
      token_endpoint: `${base}/oauth/token`,
      jwks_uri: `${base}/.well-known/jwks.json`,
      introspection_endpoint: `${base}/oauth/introspect`,
      revocation_endpoint: `${base}/oauth/revoke`,
      registration_endpoint: `${base}/oauth/register`,
      grant_types_supported: [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ],
      response_types_supported: [],
      subject_types_supported: ["public"],
      token_endpoint_auth_methods_supported: METHODS,
      token_endpoint_auth_signing_alg_values_supported: ASSERTIONS,
      introspection_endpoint_auth_methods_supported: METHODS,
      introspection_endpoint_auth_signing_alg_values_supported: ASSERTIONS,
      introspection_signing_alg_values_supported: ["RS256", "PS256", "ES256", "EdDSA"],
      revocation_endpoint_auth_methods_supported: METHODS,
      revocation_endpoint_auth_signing_alg_values_supported: ASSERTIONS,
      dpop_signing_alg_values_supported: ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"],
      id_token_signing_alg_values_supported: ["RS256", "PS256", "ES256", "EdDSA"],
    };
  };
  const expectMetadata = (answer: OAuthAnswer, issuer: string) => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
    expect(answer.body).toEqual(metadataOf(issuer));
  };

  test.each(FORMS)("%s is served before and after the issuer's path", async (form) => {
    const { projectId } = server;
    const issuer = `${PUBLIC_URL}/projects/${projectId}`;
    for (const path of [
      `/projects/${projectId}/.well-known/${form}`,
      `/.well-known/${form}/projects/${projectId}`,
    ]) {
      expectMetadata(await send(server, path), issuer);
    }
  });

  test.each(FORMS)("%s without a project describes the default project", async (form) => {
    const answer = await send(server, `/.well-known/${form}`);
    expectMetadata(answer, `${PUBLIC_URL}/projects/${server.projectId}`);
  });

  test.each(FORMS)("%s is found with one slash too many", async (form) => {
    const { projectId } = server;
    const issuer = `${PUBLIC_URL}/projects/${projectId}`;
    for (const path of [
      `//.well-known/${form}`,
      `/.well-known/${form}/`,
      `/projects/${projectId}//.well-known/${form}`,
      `/.well-known/${form}/projects/${projectId}/`,
    ]) {
      expectMetadata(await send(server, path), issuer);
    }
  });

  test.each([
    "/projects/project_unknown/.well-known/openid-configuration",
    "/projects/%00/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/projects/project_unknown",
    "/.well-known/oauth-authorization-server/elsewhere",
    "/projects/project_unknown/.well-known/jwks.json",
    "/v1/sessions/jwks/project_unknown",
  ])("are not found at %s", async (path) => {
    expect((await send(server, path)).status).toBe(404);
  });

  describe("of a custom issuer", () => {
    let projectId: string;
    const issuer = "https://auth.example.org/";

    beforeAll(async () => {
      const other = await server.otherProject();
      projectId = other.projectId;
      await updateProject(other.operator, { issuer });
      // Until then, the issuer below the public URL keeps its metadata.
      server.clock.advance(DAY_SECONDS + 300);
    });

    test.each(FORMS)("%s is found by the Host header and by the project's path", async (form) => {
      for (const path of [
        `/.well-known/${form}`,
        `/projects/${projectId}/.well-known/${form}`,
        `/.well-known/${form}/projects/${projectId}`,
      ]) {
        expectMetadata(await sendTo(server, "auth.example.org", path), issuer);
      }
      const path = `/projects/${projectId}/.well-known/${form}`;
      expectMetadata(await send(server, path), issuer);
    });

    test.each(FORMS)("%s is found with one slash too many", async (form) => {
      for (const path of [`//.well-known/${form}`, `/.well-known/${form}/`]) {
        expectMetadata(await sendTo(server, "auth.example.org", path), issuer);
      }
    });

    test("include its keys, found by the Host header", async () => {
      const own = await sendTo(server, "Auth.Example.org", "/.well-known/jwks.json");
      const byPath = await send(server, `/projects/${projectId}/.well-known/jwks.json`);
      expect(own.text).toBe(byPath.text);
      const afterSlash = await sendTo(server, "auth.example.org", "//.well-known/jwks.json");
      expect(afterSlash.text).toBe(own.text);
      const ofDefault = await send(server, "/.well-known/jwks.json");
      expect(ofDefault.text).not.toBe(own.text);
    });

    test.each(FORMS)("%s is found below a path that ends with a slash", async (form) => {
      const third = await server.otherProject();
      const withPath = `https://login.example.org/${form}/`;
      await updateProject(third.operator, { issuer: withPath });
      for (const path of [
        `/${form}/.well-known/${form}`,
        `/${form}//.well-known/${form}`,
        `/.well-known/${form}/${form}`,
        `/.well-known/${form}/${form}/`,
      ]) {
        expectMetadata(await sendTo(server, "login.example.org", path), withPath);
      }
    });

    test("are no longer found once the last token of a removed issuer has expired", async () => {
      const third = await server.otherProject();
      await updateProject(third.operator, { issuer: "https://brief.example.org" });
      const ask = () => sendTo(server, "brief.example.org", "/.well-known/openid-configuration");
      expectMetadata(await ask(), "https://brief.example.org");
      await updateProject(third.operator, { issuer: null });
      expectMetadata(await ask(), "https://brief.example.org");
      server.clock.advance(DAY_SECONDS + 300);
      expectMetadata(await ask(), `${PUBLIC_URL}/projects/${server.projectId}`);
    });

    test("cannot use another project's issuer", async () => {
      const third = await server.otherProject();
      const failure = await third.operator.failure(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { issuer } } }",
        { input: { issuer: "https://auth.example.org" } },
      );
      expect(failure.extensions).toEqual({ code: "ALREADY_EXISTS", path: ["input", "issuer"] });
    });

    test.each([
      "http://auth.example.com",
      "https://auth.example.com//",
      "https://auth.example.com?x",
      "https://auth.example.com#x",
      "https://user@auth.example.com",
      "https://AUTH.example.com",
      "https://auth.example.com:443",
      " https://auth.example.com",
      "auth.example.com",
      "",
    ])("cannot use %p as an issuer", async (wrong) => {
      const failure = await server.operator.failure(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { issuer } } }",
        { input: { issuer: wrong } },
      );
      expect(failure.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "issuer"] });
    });
  });

  test("name existing endpoints only", async () => {
    const { body } = await send(server, "/.well-known/openid-configuration");
    const endpoints = Object.entries(body as Record<string, string>).filter(([name]) =>
      /_endpoint$|jwks_uri/.test(name),
    );
    expect(endpoints).toHaveLength(6);
    for (const [, url] of endpoints) {
      const method = url.endsWith(".json") ? "GET" : "POST";
      const { status } = await send(server, new URL(url).pathname, { method });
      expect([200, 400, 401]).toContain(status);
    }
  });

  describe("the key set", () => {
    test("is the same at all of its URLs and is cacheable for five minutes", async () => {
      const { projectId } = server;
      const texts = new Set<string>();
      for (const path of [
        `/projects/${projectId}/.well-known/jwks.json`,
        "/.well-known/jwks.json",
        `/v1/sessions/jwks/${projectId}`,
        `/v1/b2b/sessions/jwks/${projectId}`,
      ]) {
        const { status, headers, text } = await send(server, path);
        expect(status).toBe(200);
        expect(headers.get("cache-control")).toBe("public, max-age=300");
        expect(headers.get("content-type")).toContain("application/json");
        texts.add(text);
      }
      expect(texts.size).toBe(1);
    });

    test("contains the current and the next signing key", async () => {
      const { body } = await send(server, "/.well-known/jwks.json");
      const token = await issueAccessToken(server, await createClient(server.operator));
      const kids = body.keys.map(({ kid }: { kid: string }) => kid);
      expect(kids).toHaveLength(2);
      expect(kids).toContain(decodeProtectedHeader(token).kid);
    });
  });

  test("of the default project answer a request without a Host header", async () => {
    const client = await createClient(server.operator);
    const answer = await post(server, "/oauth/token", postCredentials(client));
    expect(answer.status).toBe(200);
    expectMetadata(
      await sendTo(server, "", "/.well-known/openid-configuration"),
      `${PUBLIC_URL}/projects/${server.projectId}`,
    );
  });
});
