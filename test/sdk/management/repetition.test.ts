import { type ManagementClient, SecretNotRepeated } from "@countersign/sdk/management";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { type Fault, type LossyProxy, startLossyProxy } from "./lossy-proxy.js";
import { managementOf } from "./management-of.js";

describe("a call whose request or answer is lost", () => {
  let server: LiveServer;
  let proxy: LossyProxy;
  let management: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    proxy = await startLossyProxy(() => server.publicUrl);
    management = managementOf(server, { url: proxy.url });
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  const named = async (nameContains: string) =>
    (await management.clients({ filter: { nameContains } })).nodes;
  const sent = (text: string) => proxy.bodies.filter((body) => body.includes(text)).length;

  /** Each of three attempts: nothing is lost, or the request, or the answer. */
  const FAULTS: readonly (Fault | null)[] = [null, "REQUEST_LOST", "ANSWER_LOST"];
  const plans = FAULTS.flatMap((a) => FAULTS.flatMap((b) => FAULTS.map((c) => [a, b, c])));

  test("creates one client, whatever is lost of three attempts, and says if its secret is", async () => {
    await Promise.all(
      plans.map(async (plan, index) => {
        const name = `Plan ${index}.`;
        const faults = plan.slice(0, plan.indexOf(null) === -1 ? 3 : plan.indexOf(null));
        proxy.fail(name, ...(faults as Fault[]));
        const creation = management.createClient({ name, scopes: [] });
        if (faults.includes("ANSWER_LOST")) {
          const error = await creation.catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(SecretNotRepeated);
          const [client] = await named(name);
          expect(error).toMatchObject({
            operation: "createClient",
            clientId: client?.clientId,
            nextCalls: ["rotateSecret"],
          });
        } else {
          expect((await creation).clientSecret).toMatch(/^csk_/);
        }
        expect(await named(name)).toHaveLength(1);
      }),
    );
  });

  test("sends the same idempotency key again, the caller's own if there is one", async () => {
    const name = "Own key";
    proxy.fail(name, "REQUEST_LOST", 503);
    await management.createClient({ name, scopes: [], idempotencyKey: "mine" });
    const keys = proxy.bodies
      .filter((body) => body.includes(name))
      .map((body) => JSON.parse(body).variables.input.idempotencyKey);
    expect(keys).toEqual(["mine", "mine", "mine"]);
    const again = management.createClient({ name, scopes: [], idempotencyKey: "mine" });
    await expect(again).rejects.toBeInstanceOf(SecretNotRepeated);
  });

  test("answers with what was created where there is no secret to lose", async () => {
    proxy.fail("createOrganization", "ANSWER_LOST");
    const { organization } = await management.createOrganization({ name: "Once", slug: "once" });
    expect((await management.organizations()).nodes).toEqual([organization]);
    const keys = { jwksUrl: "https://keys.example.com/jwks" };
    proxy.fail("createClient", "ANSWER_LOST");
    const { clientSecret } = await management.createClient({
      scopes: [],
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys,
    });
    expect(clientSecret).toBeNull();
  });

  test.each([
    ["createClient", () => management.createClient({ scopes: [] })],
    ["rotateSecret", async () => management.rotateSecret(await someClient())],
    [
      "rotateSecret",
      async () => management.rotateSecret({ ...(await someClient()), overlapSeconds: 0 }),
    ],
    ["startSecretRotation", async () => management.startSecretRotation(await someClient())],
    ["createManagementKey", () => management.createManagementKey(KEY)],
    ["createProject", () => management.createProject(PROJECT)],
  ])("names calls that lead to a secret after a lost answer of %s", async (operation, call) => {
    proxy.fail(`mutation ${operation[0]?.toUpperCase()}${operation.slice(1)}`, "ANSWER_LOST");
    const error = (await call().catch((thrown: unknown) => thrown)) as SecretNotRepeated;
    expect(error).toBeInstanceOf(SecretNotRepeated);
    const { clientId = "", managementKeyId = "", projectId = "" } = error;
    const next: Record<string, () => Promise<object>> = {
      rotateSecret: () => management.rotateSecret({ clientId }),
      revokePreviousSecret: () => management.revokePreviousSecret({ clientId }),
      cancelSecretRotation: () => management.cancelSecretRotation({ clientId }),
      startSecretRotation: () => management.startSecretRotation({ clientId }),
      deleteManagementKey: () => management.deleteManagementKey({ managementKeyId }),
      createManagementKey: () => management.createManagementKey(KEY),
      deleteProject: () => management.deleteProject({ projectId }),
      createProject: () => management.createProject(PROJECT),
    };
    let last: object = {};
    for (const name of error.nextCalls) last = (await next[name]?.()) ?? {};
    const { clientSecret, nextClientSecret, secret } = last as Record<string, unknown>;
    expect(clientSecret ?? nextClientSecret ?? secret).toEqual(expect.any(String));
  });

  const KEY = { name: "Key", permissions: ["CLIENTS_READ" as const] };
  const PROJECT = { name: "Another", environment: "TEST" as const };
  const someClient = async () => {
    const { client } = await management.createClient({ scopes: [] });
    return { clientId: client.clientId };
  };

  test("takes what a deletion no longer finds for deleted, and only after a lost answer", async () => {
    const { clientId } = await someClient();
    proxy.fail("deleteClient", "ANSWER_LOST");
    expect(await management.deleteClient({ clientId })).toEqual({ clientId });
    const again = management.deleteClient({ clientId });
    await expect(again).rejects.toMatchObject({ code: "CLIENT_NOT_FOUND", attempts: 1 });
  });

  test("repeats an update, which is a conflict where it names the version", async () => {
    const { client } = await management.createClient({ scopes: [] });
    const { clientId } = client;
    proxy.fail("updateClient", "ANSWER_LOST");
    const changed = await management.updateClient({ clientId, name: "Changed" });
    expect(changed.client).toMatchObject({ name: "Changed", version: client.version + 1 });
    proxy.fail("updateClient", "ANSWER_LOST");
    const expectedVersion = changed.client.version;
    const versioned = management.updateClient({ clientId, name: "Again", expectedVersion });
    await expect(versioned).rejects.toMatchObject({ code: "VERSION_CONFLICT", attempts: 2 });
    expect((await management.client({ clientId }))?.name).toBe("Again");
  });

  test("is not repeated where a second time would have an effect of its own", async () => {
    const { clientId } = await someClient();
    await management.startSecretRotation({ clientId });
    const token = "a.b.c";
    const credential = { sessionJwt: token };
    for (const [text, call] of [
      ["rotateSigningKey", () => management.rotateSigningKey({ force: true })],
      ["completeSecretRotation", () => management.completeSecretRotation({ clientId })],
      ["cancelSecretRotation", () => management.cancelSecretRotation({ clientId })],
      ["revokePreviousSecret", () => management.revokePreviousSecret({ clientId })],
      ["attestSession", () => management.attestSession({ profileId: "profile-1", token })],
      ["exchangeSession", () => management.exchangeSession({ credential, organizationId: "o" })],
      ["mutation Mine", () => management.request("mutation Mine { __typename }")],
    ] as const) {
      const before = sent(text);
      proxy.fail(text, "ANSWER_LOST");
      await expect(call()).rejects.toMatchObject({ name: "ServerUnreachable", attempts: 1 });
      expect(sent(text)).toBe(before + 1);
    }
    const dpop = { proof: token, httpMethod: "GET", url: "https://api.example.com" };
    proxy.fail("verifyToken", "ANSWER_LOST");
    const verification = management.verifyToken({ accessToken: token, dpop });
    await expect(verification).rejects.toMatchObject({ name: "ServerUnreachable", attempts: 1 });
  });

  test("is repeated where it only reads, or where its own document may be", async () => {
    proxy.fail("project", "ANSWER_LOST", 502, "REQUEST_LOST");
    expect((await management.project())?.projectId).toBe(server.projectId);
    proxy.fail("mutation Mine", "ANSWER_LOST");
    const mine = management.request("mutation Mine { __typename }", {}, { repeatable: true });
    expect(await mine).toEqual({ __typename: "Mutation" });
  });

  test("fails once it has been repeated as often as it may be", async () => {
    proxy.fail("publishedKeys", "REQUEST_LOST", "REQUEST_LOST", "REQUEST_LOST", "REQUEST_LOST");
    const failed = { code: "CONNECTION_FAILED", attempts: 4, operation: "publishedKeys" };
    await expect(management.publishedKeys()).rejects.toMatchObject(failed);
  });
});
