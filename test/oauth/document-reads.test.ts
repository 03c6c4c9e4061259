import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findKey, revoke, rotate } from "../signing-keys/signing-key-operations.js";
import { updateProject } from "../support/operations.js";
import { recordAllStatements } from "../support/query-plans.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { type ClientKey, clientKey, createApi, send, sendTo } from "./oauth-operations.js";

const PUBLISH =
  "mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }";
const WITHDRAW = "mutation ($input: WithdrawKeyInput!) { withdrawKey(input: $input) { kid } }";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

const keySetPath = () => `/projects/${server.projectId}/.well-known/jwks.json`;
const metadataPath = () => `/projects/${server.projectId}/.well-known/openid-configuration`;
const etagOf = async (path: string) => (await send(server, path)).headers.get("etag") ?? "";
/** As a cache asks that has the document of this tag. */
const revalidate = (path: string, etag: string) =>
  fetch(server.url + path, { headers: { "if-none-match": etag } });

describe("public documents take one read", () => {
  const expectOneRead = async (work: () => Promise<unknown>) => {
    const statements = await recordAllStatements(server.services, work);
    expect(statements.map(({ sql }) => sql)).toEqual([expect.stringMatching(/^SELECT/)]);
  };

  test.each([
    ["key sets", keySetPath],
    ["metadata", metadataPath],
    ["authorization endpoints", () => "/oauth/authorize"],
  ])("%s", async (_what, path) => {
    // The first request without a project finds out which one is the first.
    await send(server, "/.well-known/jwks.json");
    await expectOneRead(() => send(server, path()));
    const etag = await etagOf(path());
    await expectOneRead(() => revalidate(path(), etag));
  });

  test("descriptions of APIs", async () => {
    const { apiId } = await createApi(server.operator, { identifier: "https://api.example.com" });
    const path = `/projects/${server.projectId}/oauth/protected-resources/${apiId}`;
    await expectOneRead(() => send(server, path));
  });

  test("documents at an issuer of the project's own", async () => {
    const { operator } = await server.otherProject();
    await updateProject(operator, { issuer: "https://one-read.example.com/a" });
    for (const document of ["jwks.json", "openid-configuration"]) {
      const path = `/a/.well-known/${document}`;
      await expectOneRead(() => sendTo(server, "one-read.example.com", path));
    }
  });
});

describe("the entity tag of a key set", () => {
  let key: ClientKey;
  let otherKey: ClientKey;

  beforeAll(async () => {
    key = await clientKey("EdDSA");
    otherKey = await clientKey("EdDSA");
  });

  const publish = ({ pem }: ClientKey, seconds = 3600) => {
    const expiresAt = new Date(server.clock.now().getTime() + seconds * 1000);
    const input = { kid: "former", publicKey: { pem }, expiresAt };
    return server.operator.request(PUBLISH, { input });
  };
  const withdraw = () => server.operator.request(WITHDRAW, { input: { kid: "former" } });
  const expectChange = async (change: () => unknown) => {
    const etag = await etagOf(keySetPath());
    expect((await revalidate(keySetPath(), etag)).status).toBe(304);
    await change();
    const { status, headers } = await revalidate(keySetPath(), etag);
    expect(status).toBe(200);
    expect(headers.get("etag")).not.toBe(etag);
  };

  test("changes with each change of the keys, at once", async () => {
    await expectChange(() => rotate(server.operator, { algorithm: "RS256", force: true }));
    const { kid } = await findKey(server.operator, "PREVIOUS", "RS256");
    await expectChange(() => revoke(server.operator, kid));
    await expectChange(() => publish(key));
    await expectChange(withdraw);
  });

  test("changes when another key is published by the same id at the same moment", async () => {
    await publish(key);
    await expectChange(async () => {
      await withdraw();
      await publish(otherKey);
    });
    await withdraw();
  });

  test("changes when a published key expires, although nothing is written", async () => {
    await publish(key, 10);
    server.clock.advance(9);
    await expectChange(() => server.clock.advance(1));
  });

  test("is the same for both media types, without a body, and for a cache that made it strong", async () => {
    const etag = await etagOf(keySetPath());
    const accept = "application/jwk-set+json";
    for (const init of [{ headers: { accept } }, { method: "HEAD" }]) {
      expect((await fetch(server.url + keySetPath(), init)).headers.get("etag")).toBe(etag);
    }
    // RFC 9110 section 13.1.2
    expect((await revalidate(keySetPath(), etag.replace("W/", ""))).status).toBe(304);
  });
});

describe("metadata", () => {
  const metadataOf = async (host: string, path: string) =>
    (await sendTo(server, host, path)).body as { issuer: string; scopes_supported?: string[] };
  const PATH = "/.well-known/openid-configuration";

  test("name a former issuer where it was, until its last token has expired", async () => {
    const { projectId, operator } = await server.otherProject();
    const below = `/projects/${projectId}`;
    await updateProject(operator, { issuer: "https://first.example.net" });
    await updateProject(operator, { issuer: "https://second.example.net" });
    const ask = async () => [
      (await metadataOf("first.example.net", PATH)).issuer,
      (await metadataOf("second.example.net", PATH)).issuer,
      (await metadataOf("localhost", below + PATH)).issuer,
    ];
    const [first, second] = ["https://first.example.net", "https://second.example.net"];
    expect(await ask()).toEqual([first, second, PUBLIC_URL + below]);
    server.clock.advance(86_400 + 300);
    expect(await ask()).toEqual([`${PUBLIC_URL}/projects/${server.projectId}`, second, second]);
  });

  test("show the scopes that the APIs advertise, each once and in the order of the APIs", async () => {
    const { projectId, operator } = await server.otherProject();
    const scopesOf = async () =>
      (await metadataOf("localhost", `/projects/${projectId}${PATH}`)).scopes_supported;
    const add = (identifier: string, values: string[], advertisedScopes?: string[]) => {
      server.clock.advance(1);
      const scopes = values.map((value) => ({ value }));
      return createApi(operator, { identifier, scopes, advertisedScopes });
    };
    expect(await scopesOf()).toBeUndefined();
    await add("https://b.example.com", ["z", "a"], ["z", "a"]);
    await add("https://a.example.com", ["a", "b"], ["b", "a"]);
    expect(await scopesOf()).toEqual(["z", "a", "b"]);
    await add("https://silent.example.com", ["c"]);
    expect(await scopesOf()).toBeUndefined();
  });
});
