import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CANCEL_ROTATION,
  COMPLETE_ROTATION,
  createClient,
  getClient,
  importClient,
  issueToken,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { secretOperations, secretsOf } from "./secret-operations.js";

const DAY = 86_400;
const ROTATIONS = [ROTATE_SECRET, START_ROTATION];
const ENDINGS = [COMPLETE_ROTATION, CANCEL_ROTATION, REVOKE_PREVIOUS];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

const { start, rotate, complete, cancel, revokePrevious, expectCode, expectWorks, expectRefused } =
  secretOperations(() => server);
const last = (secret: string) => secret.slice(-4);

describe("rotateSecret", () => {
  test("makes a secret that is current at once, and keeps the former one for a day", async () => {
    const { clientId, clientSecret: former } = await createClient(server.operator);
    const { client, clientSecret } = await rotate({ clientId });
    expect(clientSecret).toMatch(/^csk_[0-9A-Za-z]{49}$/);
    expect(client.version).toBe(2);
    expect(secretsOf(client)).toEqual([
      `CURRENT ${last(clientSecret)}`,
      `PREVIOUS ${last(former)}`,
    ]);
    const end = new Date(server.clock.now().getTime() + DAY * 1000).toISOString();
    expect(client.secrets.map(({ expiresAt }) => expiresAt)).toEqual([null, end]);
    await expectWorks({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret: former });
  });

  test("ends the former secret by itself, at the second", async () => {
    const { clientId, clientSecret: former } = await createClient(server.operator);
    const { clientSecret } = await rotate({ clientId, overlapSeconds: 60 });
    server.clock.advance(59);
    await expectWorks({ clientId, clientSecret: former });
    server.clock.advance(1);
    await expectRefused({ clientId, clientSecret: former });
    await expectWorks({ clientId, clientSecret });
    const client = await getClient(server.operator, clientId);
    expect(client && secretsOf(client)).toEqual([`CURRENT ${last(clientSecret)}`]);
    await rotate({ clientId });
  });

  test("ends the former secret at once with an overlap of 0 seconds", async () => {
    const { clientId, clientSecret: leaked } = await createClient(server.operator);
    const { client, clientSecret } = await rotate({ clientId, overlapSeconds: 0 });
    expect(secretsOf(client)).toEqual([`CURRENT ${last(clientSecret)}`]);
    await expectRefused({ clientId, clientSecret: leaked });
    await expectWorks({ clientId, clientSecret });
  });

  test("takes an overlap of up to 90 days, and null for a day", async () => {
    for (const overlapSeconds of [0, 1, 90 * DAY, null]) {
      const { clientId } = await createClient(server.operator);
      await rotate({ clientId, overlapSeconds });
    }
    const { clientId } = await createClient(server.operator);
    for (const overlapSeconds of [-1, 90 * DAY + 1]) {
      const input = { clientId, overlapSeconds };
      const { extensions } = await server.operator.failure(ROTATE_SECRET, { input });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "overlapSeconds"] });
    }
  });

  test("does not take the client down when repeated, also after a promotion", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId });
    await complete(clientId);
    await expectRefused({ clientId, clientSecret });
    const rotated = await rotate({ clientId });
    await expectCode(ROTATE_SECRET, { clientId }, "ROTATION_ALREADY_STARTED");
    await expectWorks({ clientId, clientSecret: nextClientSecret });
    await expectWorks({ clientId, clientSecret: rotated.clientSecret });
  });

  test("is followed by revokePreviousSecret, which ends the overlap now", async () => {
    const { clientId, clientSecret: former } = await createClient(server.operator);
    const { clientSecret } = await rotate({ clientId });
    const { client } = await revokePrevious(clientId);
    expect(client.version).toBe(3);
    expect(secretsOf(client)).toEqual([`CURRENT ${last(clientSecret)}`]);
    await expectRefused({ clientId, clientSecret: former });
    await expectWorks({ clientId, clientSecret });
    await rotate({ clientId });
  });

  test("happens once when sent many times at once with one idempotency key", async () => {
    const { clientId } = await createClient(server.operator);
    const input = { clientId, idempotencyKey: "rotate-many" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(input)));
    const secrets = answers.map(({ clientSecret }) => clientSecret).filter(Boolean);
    expect(secrets).toHaveLength(1);
    expect((await getClient(server.operator, clientId))?.version).toBe(2);
    await expectWorks({ clientId, clientSecret: secrets[0] ?? "" });
  });

  test("keeps tokens valid that were issued before", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    await rotate({ clientId: client.clientId, overlapSeconds: 0 });
    const { verifyToken } = await server.anonymous.request(
      "mutation ($input: VerifyTokenInput!) { verifyToken(input: $input) { token { clientId } } }",
      { input: { accessToken } },
    );
    expect(verifyToken.token.clientId).toBe(client.clientId);
  });
});

describe("a staged rotation", () => {
  test("takes three steps, and some secret works at any time", async () => {
    const { clientId, clientSecret: old } = await createClient(server.operator);
    const { client, nextClientSecret: next } = await start({ clientId });
    expect(next).toMatch(/^csk_[0-9A-Za-z]{49}$/);
    expect(secretsOf(client)).toEqual([`CURRENT ${last(old)}`, `NEXT ${last(next)}`]);
    expect(client.version).toBe(2);
    await expectWorks({ clientId, clientSecret: old });
    await expectWorks({ clientId, clientSecret: next });
    const completed = await complete(clientId);
    expect(secretsOf(completed.client)).toEqual([`CURRENT ${last(next)}`]);
    expect(completed.client.version).toBe(3);
    await expectRefused({ clientId, clientSecret: old });
    await expectWorks({ clientId, clientSecret: next });
  });

  test("can be cancelled, which ends the next secret and keeps the current one", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId });
    const { client } = await cancel(clientId);
    expect(secretsOf(client)).toEqual([`CURRENT ${last(clientSecret)}`]);
    await expectRefused({ clientId, clientSecret: nextClientSecret });
    await expectWorks({ clientId, clientSecret });
  });

  test("is started by one of many concurrent requests", async () => {
    const { clientId } = await createClient(server.operator);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        server.operator.send(index % 2 ? START_ROTATION : ROTATE_SECRET, { input: { clientId } }),
      ),
    );
    const winners = answers.filter(({ errors }) => errors.length === 0);
    expect(winners).toHaveLength(1);
    const { startSecretRotation, rotateSecret } = winners[0]?.data ?? {};
    const clientSecret = startSecretRotation?.nextClientSecret ?? rotateSecret?.clientSecret;
    await expectWorks({ clientId, clientSecret });
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code));
    expect(codes).toEqual(Array(7).fill("ROTATION_ALREADY_STARTED"));
  });

  test("replaces an imported secret", async () => {
    const clientSecret = "correct horse battery staple";
    const { clientId } = await importClient(server.operator, { clientId: "old", clientSecret });
    await expectWorks({ clientId, clientSecret });
    const { nextClientSecret } = await start({ clientId });
    await expectWorks({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
    await complete(clientId);
    await expectRefused({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
  });

  test("shows no secret when repeated with an idempotency key", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const input = { clientId, idempotencyKey: "start-1" };
    const first = await start(input);
    expect(await start(input)).toEqual({ client: first.client, nextClientSecret: null });
    await complete(clientId);
    const rotation = { clientId, idempotencyKey: "rotate-1" };
    const rotated = await rotate(rotation);
    expect(await rotate(rotation)).toEqual({ client: rotated.client, clientSecret: null });
    expect(await rotate({ ...rotation, overlapSeconds: DAY })).toHaveProperty("client");
    await expectWorks({ clientId, clientSecret: first.nextClientSecret });
    await expectRefused({ clientId, clientSecret });
    const other = await createClient(server.operator);
    const reused = { clientId: other.clientId, idempotencyKey: "rotate-1" };
    await expectCode(ROTATE_SECRET, reused, "IDEMPOTENCY_CONFLICT");
    await expectCode(ROTATE_SECRET, { ...rotation, overlapSeconds: 0 }, "IDEMPOTENCY_CONFLICT");
  });
});

describe("rotations", () => {
  test("are refused while another one is under way", async () => {
    const staged = await createClient(server.operator);
    await start({ clientId: staged.clientId });
    const overlapping = await createClient(server.operator);
    await rotate({ clientId: overlapping.clientId });
    for (const { clientId } of [staged, overlapping]) {
      for (const rotation of ROTATIONS) {
        await expectCode(rotation, { clientId }, "ROTATION_ALREADY_STARTED");
      }
      expect((await getClient(server.operator, clientId))?.version).toBe(2);
    }
    await expectCode(REVOKE_PREVIOUS, { clientId: staged.clientId }, "ROTATION_NOT_STARTED");
    for (const ending of [COMPLETE_ROTATION, CANCEL_ROTATION]) {
      await expectCode(ending, { clientId: overlapping.clientId }, "ROTATION_NOT_STARTED");
    }
  });

  test("cannot be ended when none is under way", async () => {
    const { clientId } = await createClient(server.operator);
    for (const ending of ENDINGS) await expectCode(ending, { clientId }, "ROTATION_NOT_STARTED");
    await rotate({ clientId, overlapSeconds: 60 });
    server.clock.advance(60);
    await expectCode(REVOKE_PREVIOUS, { clientId }, "ROTATION_NOT_STARTED");
    const secretExpiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    await start({ clientId, secretExpiresAt });
    server.clock.advance(60);
    for (const ending of ENDINGS) await expectCode(ending, { clientId }, "ROTATION_NOT_STARTED");
    expect((await getClient(server.operator, clientId))?.version).toBe(3);
  });

  test.each([...ROTATIONS, ...ENDINGS])(
    "are refused for an unknown client and for another project's",
    async (operation) => {
      const { clientId } = await createClient(server.operator);
      const other = await server.otherProject();
      const failure = async (as: GraphqlClient, id: string) =>
        (await as.failure(operation, { input: { clientId: id } })).extensions;
      expect(await failure(server.operator, "nobody")).toEqual({ code: "CLIENT_NOT_FOUND" });
      expect(await failure(other.operator, clientId)).toEqual({ code: "CLIENT_NOT_FOUND" });
      const invalid = { code: "BAD_USER_INPUT", path: ["input", "clientId"] };
      expect(await failure(server.operator, "a\u0000b")).toEqual(invalid);
    },
  );

  test("leave at most one current secret, and one beside it", async () => {
    const { clientId } = await createClient(server.operator);
    for (let round = 0; round < 5; round++) {
      await rotate({ clientId, overlapSeconds: 30 });
      server.clock.advance(30);
      await start({ clientId });
      await complete(clientId);
    }
    const rows = await server.services.unitOfWork.read.findBy(ClientSecret, { clientId });
    expect(rows.map(({ status }) => status)).toEqual(["CURRENT"]);
  });

  test("are possible for a client with keys, which has no secret", async () => {
    const { clientId } = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { jwksUrl: "https://keys.example.com/jwks" },
    });
    const { clientSecret } = await rotate({ clientId });
    await expectRefused({ clientId, clientSecret });
  });

  test.each(ROTATIONS)(
    "%s refuses a secret that the client has, generated or imported",
    async (mutation) => {
      const imported = {
        clientId: `imported-${mutation.length}`,
        clientSecret: "qLw8-Zx2m-Vt61-kkPd",
      };
      await importClient(server.operator, imported);
      const { clientId, clientSecret } = await createClient(server.operator);
      for (const input of [imported, { clientId, clientSecret }]) {
        const { extensions } = await server.operator.failure(mutation, { input });
        expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientSecret"] });
      }
    },
  );
});
