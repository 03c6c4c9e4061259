import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader } from "jose";
import { createClient, issueToken, updateProject, VERIFY_TOKEN } from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("the signing algorithm of a project", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("signs new tokens when it changes, and keeps earlier tokens valid", async () => {
    const client = await createClient(server.operator);
    const tokens = new Map<string, string>();
    for (const signingAlgorithm of ["PS256", "ES256", "EdDSA", "RS256"]) {
      const name = signingAlgorithm.toUpperCase();
      const project = await updateProject(server.operator, { signingAlgorithm: name, force: true });
      expect(project.signingAlgorithm).toBe(name);
      const { accessToken } = await issueToken(server.anonymous, client);
      const { alg, kid, typ } = decodeProtectedHeader(accessToken);
      expect({ alg, typ }).toEqual({ alg: signingAlgorithm, typ: "JWT" });
      tokens.set(kid ?? "", accessToken);
    }
    expect(tokens.size).toBe(4);
    for (const accessToken of tokens.values()) {
      await expect(verifyWithPublishedKeys(server, accessToken)).resolves.toBeDefined();
      const { verifyToken } = await server.anonymous.request(VERIFY_TOKEN, {
        input: { accessToken },
      });
      expect(verifyToken.token.clientId).toBe(client.clientId);
    }
  });

  test("keeps its key when an update sets the same algorithm", async () => {
    const client = await createClient(server.operator);
    const kid = async () =>
      decodeProtectedHeader((await issueToken(server.anonymous, client)).accessToken).kid;
    const before = await kid();
    await updateProject(server.operator, { signingAlgorithm: "RS256" });
    expect(await kid()).toBe(before);
  });

  test("publishes public key members only, at both URLs", async () => {
    const own = await fetch(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`);
    expect(own.status).toBe(200);
    expect(own.headers.get("content-type")).toContain("application/jwk-set+json");
    const body = await own.text();
    const { keys } = JSON.parse(body) as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThanOrEqual(4);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: "sig", alg: expect.any(String) });
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k", "oth"]) {
        expect(key).not.toHaveProperty(secret);
      }
    }
    const ofDefault = await fetch(`${server.url}/.well-known/jwks.json`);
    expect(await ofDefault.text()).toBe(body);
  });

  test.each(["project_unknown", "%00", "..%2f", "x".repeat(100)])(
    "publishes no keys for the project %s",
    async (projectId) => {
      const answer = await fetch(`${server.url}/projects/${projectId}/.well-known/jwks.json`);
      expect(answer.status).toBe(404);
    },
  );

  test("keeps its keys across a restart", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    await server.restart();
    await expect(verifyWithPublishedKeys(server, accessToken)).resolves.toBeDefined();
    const again = await issueToken(server.anonymous, client);
    await expect(verifyWithPublishedKeys(server, again.accessToken)).resolves.toBeDefined();
  });
});
