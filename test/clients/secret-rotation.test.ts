import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  CANCEL_ROTATION,
  type Credentials,
  createClient,
  getClient,
  importClient,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  tokenFailure,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("secret rotation", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const start = async (input: object) =>
    (await server.operator.request(START_ROTATION, { input })).startSecretRotation;
  const rotate = async (input: object) =>
    (await server.operator.request(ROTATE_SECRET, { input })).rotateSecret;
  const cancel = async (input: object) =>
    (await server.operator.request(CANCEL_ROTATION, { input })).cancelSecretRotation;
  const expectWorks = async (credentials: Credentials) => {
    expect(await issueToken(server.anonymous, credentials)).toHaveProperty("accessToken");
  };
  const expectRefused = async (credentials: Credentials) => {
    const { extensions } = await tokenFailure(server.anonymous, credentials);
    expect(extensions.code).toBe("INVALID_CLIENT");
  };

  test("takes three steps, and some secret works at any time", async () => {
    const { clientId, clientSecret: old } = await createClient(server.operator);
    const { client, nextClientSecret: next } = await start({ clientId });
    expect(next).toMatch(/^csk_[0-9A-Za-z]{49}$/);
    expect(client).toMatchObject({
      clientSecretLastFour: old.slice(-4),
      nextClientSecretLastFour: next.slice(-4),
      version: 2,
    });
    await expectWorks({ clientId, clientSecret: old });
    await expectWorks({ clientId, clientSecret: next });
    const rotated = await rotate({ clientId });
    expect(rotated.clientSecret).toBeNull();
    expect(rotated.client).toMatchObject({
      clientSecretLastFour: next.slice(-4),
      nextClientSecretLastFour: null,
    });
    await expectRefused({ clientId, clientSecret: old });
    await expectWorks({ clientId, clientSecret: next });
  });

  test("takes one step and replaces the secret at once if no rotation was started", async () => {
    const { clientId, clientSecret: old } = await createClient(server.operator);
    const { client, clientSecret } = await rotate({ clientId });
    expect(client.clientSecretLastFour).toBe(clientSecret.slice(-4));
    await expectRefused({ clientId, clientSecret: old });
    await expectWorks({ clientId, clientSecret });
  });

  test("can be cancelled, which ends the next secret and keeps the current one", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId });
    const { client } = await cancel({ clientId });
    expect(client.nextClientSecretLastFour).toBeNull();
    await expectRefused({ clientId, clientSecret: nextClientSecret });
    await expectWorks({ clientId, clientSecret });
    const { extensions } = await server.operator.failure(CANCEL_ROTATION, { input: { clientId } });
    expect(extensions).toEqual({ code: "ROTATION_NOT_STARTED" });
  });

  test("cannot be started twice", async () => {
    const { clientId } = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId });
    const { extensions } = await server.operator.failure(START_ROTATION, { input: { clientId } });
    expect(extensions).toEqual({ code: "ROTATION_ALREADY_STARTED" });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
  });

  test("is started by one of many concurrent requests", async () => {
    const { clientId } = await createClient(server.operator);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        server.operator.send(START_ROTATION, { input: { clientId } }),
      ),
    );
    const winners = answers.filter(({ errors }) => errors.length === 0);
    expect(winners).toHaveLength(1);
    const clientSecret = winners[0]?.data.startSecretRotation.nextClientSecret;
    await expectWorks({ clientId, clientSecret });
  });

  test("replaces an imported secret", async () => {
    const clientSecret = "correct horse battery staple";
    const { clientId } = await importClient(server.operator, { clientId: "old", clientSecret });
    await expectWorks({ clientId, clientSecret });
    const { nextClientSecret } = await start({ clientId });
    await expectWorks({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
    await rotate({ clientId });
    await expectRefused({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
  });

  test("shows no secret when repeated with an idempotency key", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const input = { clientId, idempotencyKey: "start-1" };
    const first = await start(input);
    const again = await start(input);
    expect(again).toEqual({ client: first.client, nextClientSecret: null });
    const finish = { clientId, idempotencyKey: "rotate-1" };
    await rotate(finish);
    const replayed = await rotate(finish);
    expect(replayed).toMatchObject({ clientSecret: null, client: { version: 3 } });
    await expectWorks({ clientId, clientSecret: first.nextClientSecret });
    await expectRefused({ clientId, clientSecret });
    const other = await createClient(server.operator);
    const { extensions } = await server.operator.failure(ROTATE_SECRET, {
      input: { clientId: other.clientId, idempotencyKey: "rotate-1" },
    });
    expect(extensions.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("happens once when sent many times at once with one idempotency key", async () => {
    const { clientId } = await createClient(server.operator);
    const input = { clientId, idempotencyKey: "rotate-many" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(input)));
    const secrets = answers.map(({ clientSecret }) => clientSecret).filter(Boolean);
    expect(secrets).toHaveLength(1);
    expect((await getClient(server.operator, clientId))?.version).toBe(2);
    await expectWorks({ clientId, clientSecret: secrets[0] });
  });

  test.each([START_ROTATION, ROTATE_SECRET, CANCEL_ROTATION])(
    "is refused for an unknown client, for another project's and for an older version",
    async (operation) => {
      const { clientId } = await createClient(server.operator);
      const other = await server.otherProject();
      const failure = (as: TestServer["operator"], input: object) =>
        as.failure(operation, { input });
      const unknown = await failure(server.operator, { clientId: "nobody" });
      expect(unknown.extensions).toEqual({ code: "CLIENT_NOT_FOUND" });
      const foreign = await failure(other.operator, { clientId });
      expect(foreign.extensions).toEqual({ code: "CLIENT_NOT_FOUND" });
      const stale = await failure(server.operator, { clientId, expectedVersion: 7 });
      expect(stale.extensions).toEqual({
        code: "VERSION_CONFLICT",
        path: ["input", "expectedVersion"],
      });
      const nul = await failure(server.operator, { clientId: "a\u0000b" });
      expect(nul.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientId"] });
    },
  );

  test("keeps tokens valid that were issued before", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    await rotate({ clientId: client.clientId });
    const { verifyToken } = await server.anonymous.request(
      "query ($accessToken: String!) { verifyToken(accessToken: $accessToken) { clientId } }",
      { accessToken },
    );
    expect(verifyToken.clientId).toBe(client.clientId);
  });
});
