import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import type { QueryDeepPartialEntity } from "typeorm";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import { isUniqueViolation } from "../../src/persistence/database-errors.js";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import { generateSecret } from "../../src/shared/secrets.js";
import { basicHeader, post } from "../oauth/oauth-operations.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  CREATE_CLIENT,
  createClient,
  getClient,
  IMPORT_CLIENT,
  importClient,
  ROTATE_SECRET,
  START_ROTATION,
  tokenFailure,
  updateClient,
} from "../support/operations.js";
import { recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { secretOperations, secretsOf } from "./secret-operations.js";

type ThirdSecret = QueryDeepPartialEntity<ClientSecret>;
const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";
const OWN_SECRET = "9fB3-xZ6yW1uT4sR7qP0oN3mL6kJ9iH2";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

const { start, rotate, complete, expectCode, expectWorks, expectRefused } = secretOperations(
  () => server,
);
let imported = 0;
const importOne = async (secret: object = { clientSecret: SECRET }) =>
  (await importClient(server.operator, { clientId: `imported-${++imported}`, ...secret })).clientId;
const inSeconds = (seconds: number) =>
  new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
const find = async (clientId: string) => (await getClient(server.operator, clientId)) as ClientView;
const rowsOf = (clientId: string) =>
  server.services.unitOfWork.read.findBy(ClientSecret, { clientId });

describe("a secret with an end", () => {
  test("works until then, also when it is the only one", async () => {
    const secretExpiresAt = inSeconds(60);
    const { clientId, clientSecret, secrets } = await createClient(server.operator, {
      secretExpiresAt,
    });
    expect(secrets).toMatchObject([{ status: "CURRENT", expiresAt: secretExpiresAt }]);
    server.clock.advance(59);
    await expectWorks({ clientId, clientSecret });
    server.clock.advance(1);
    await expectRefused({ clientId, clientSecret });
    expect(await find(clientId)).toMatchObject({ status: "ACTIVE", secrets: [] });
    const rotated = await rotate({ clientId });
    expect(secretsOf(rotated.client)).toHaveLength(1);
    await expectWorks({ clientId, clientSecret: rotated.clientSecret });
  });

  test("can be one that was imported or made by a rotation", async () => {
    const clientId = await importOne({ clientSecret: SECRET, secretExpiresAt: inSeconds(60) });
    const { nextClientSecret } = await start({ clientId, secretExpiresAt: inSeconds(120) });
    await expectWorks({ clientId, clientSecret: SECRET });
    server.clock.advance(60);
    await expectRefused({ clientId, clientSecret: SECRET });
    await expectWorks({ clientId, clientSecret: nextClientSecret });
    await complete(clientId);
    server.clock.advance(60);
    await expectRefused({ clientId, clientSecret: nextClientSecret });
  });

  test("does not end later because of an overlap", async () => {
    const secretExpiresAt = inSeconds(60);
    const { clientId } = await createClient(server.operator, { secretExpiresAt });
    const { client } = await rotate({ clientId, secretExpiresAt: inSeconds(999) });
    expect(client.secrets).toMatchObject([
      { status: "CURRENT", expiresAt: inSeconds(999) },
      { status: "PREVIOUS", expiresAt: secretExpiresAt },
    ]);
  });

  test("must end in the future", async () => {
    const { clientId } = await createClient(server.operator);
    const other = { clientId: "never", clientSecret: SECRET };
    for (const secretExpiresAt of [inSeconds(0), "2020-01-01T00:00:00Z"]) {
      for (const [operation, input] of [
        [CREATE_CLIENT, { scopes: [] }],
        [IMPORT_CLIENT, other],
        [ROTATE_SECRET, { clientId }],
        [START_ROTATION, { clientId }],
      ] as const) {
        const { extensions } = await server.operator.failure(operation, {
          input: { ...input, secretExpiresAt },
        });
        expect(extensions).toEqual({
          code: "BAD_USER_INPUT",
          path: ["input", "secretExpiresAt"],
        });
      }
    }
    expect((await find(clientId)).version).toBe(1);
  });

  test("is refused at every endpoint that authenticates clients", async () => {
    const client = await createClient(server.operator, { secretExpiresAt: inSeconds(60) });
    const introspect = async () => {
      const path = `/projects/${server.projectId}/oauth/introspect`;
      return (await post(server, path, { token: "none" }, basicHeader(client))).status;
    };
    expect(await introspect()).toBe(200);
    server.clock.advance(60);
    expect(await introspect()).toBe(401);
  });

  test("is deleted once it has ended for every process, and no other one is", async () => {
    const expiring = await createClient(server.operator, { secretExpiresAt: inSeconds(60) });
    const rotated = await createClient(server.operator);
    await rotate({ clientId: rotated.clientId, overlapSeconds: 60 });
    server.clock.advance(60 + MAX_CLOCK_DIFFERENCE_SECONDS - 1);
    await sweepExpired(server);
    expect(await rowsOf(expiring.clientId)).toHaveLength(1);
    expect(await rowsOf(rotated.clientId)).toHaveLength(2);
    server.clock.advance(1);
    await sweepExpired(server);
    expect(await rowsOf(expiring.clientId)).toEqual([]);
    expect(await rowsOf(rotated.clientId)).toMatchObject([{ status: "CURRENT" }]);
    expect((await find(expiring.clientId)).secrets).toEqual([]);
    await expectRefused(expiring);
    await rotate({ clientId: expiring.clientId });
  });
});

describe("the last use of a secret", () => {
  const flush = () => server.services.authenticator.secretLastUsed.flush();
  const usesOf = async (clientId: string) =>
    (await find(clientId)).secrets.map(({ status, lastUsedAt }) => [status, lastUsedAt]);

  test("is noted for each, and stays with it when its status changes", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId });
    await expectWorks({ clientId, clientSecret });
    const firstUse = inSeconds(0);
    await flush();
    expect(await usesOf(clientId)).toEqual([
      ["CURRENT", firstUse],
      ["NEXT", null],
    ]);
    server.clock.advance(90);
    await expectWorks({ clientId, clientSecret: nextClientSecret });
    const secondUse = inSeconds(0);
    await complete(clientId);
    await flush();
    expect(await usesOf(clientId)).toEqual([["CURRENT", secondUse]]);
    await rotate({ clientId });
    expect(await usesOf(clientId)).toEqual([
      ["CURRENT", null],
      ["PREVIOUS", secondUse],
    ]);
  });

  test("is noted for imported secrets, and not for wrong ones", async () => {
    const clientId = await importOne();
    await expectRefused({ clientId, clientSecret: "wrong" });
    await flush();
    expect(await usesOf(clientId)).toEqual([["CURRENT", null]]);
    await expectWorks({ clientId, clientSecret: SECRET });
    await flush();
    expect(await usesOf(clientId)).toEqual([["CURRENT", inSeconds(0)]]);
  });
});

describe("a secret of the caller's own", () => {
  test("is the new secret, and is not shown again", async () => {
    const clientId = await importOne();
    const rotated = await rotate({ clientId, clientSecret: OWN_SECRET, overlapSeconds: 0 });
    expect(rotated.clientSecret).toBeNull();
    expect(secretsOf(rotated.client)).toEqual([`CURRENT ${OWN_SECRET.slice(-4)}`]);
    await expectWorks({ clientId, clientSecret: OWN_SECRET });
    await expectRefused({ clientId, clientSecret: SECRET });
    const started = await start({ clientId, clientSecret: SECRET });
    expect(started.nextClientSecret).toBeNull();
    await expectWorks({ clientId, clientSecret: SECRET });
  });

  test("may be one that Countersign generated, for every client", async () => {
    const { clientId } = await createClient(server.operator);
    const clientSecret = generateSecret("csk");
    await rotate({ clientId, clientSecret });
    await expectWorks({ clientId, clientSecret });
  });

  test("is judged as that of an import", async () => {
    const clientId = await importOne();
    const { clientId: generated } = await createClient(server.operator);
    for (const operation of [ROTATE_SECRET, START_ROTATION]) {
      const refused = (clientSecret: string, code: string, id = clientId) =>
        expectCode(operation, { clientId: id, clientSecret }, code);
      await refused("password1", "INSECURE_CLIENT_SECRET");
      await refused(clientId, "INSECURE_CLIENT_SECRET");
      await refused("short", "BAD_USER_INPUT");
      await refused(`${OWN_SECRET} `, "BAD_USER_INPUT");
      await refused(`csk_${"a".repeat(49)}`, "BAD_USER_INPUT");
      await refused(OWN_SECRET, "BAD_USER_INPUT", generated);
      await refused(OWN_SECRET, "CLIENT_NOT_FOUND", "nobody");
    }
    expect(await find(clientId)).toMatchObject({ version: 1 });
  });

  test("can be repeated with an idempotency key", async () => {
    const clientId = await importOne();
    const input = { clientId, clientSecret: OWN_SECRET, idempotencyKey: "own-1" };
    const first = await rotate(input);
    expect(await rotate(input)).toEqual(first);
    await expectCode(ROTATE_SECRET, { ...input, clientSecret: SECRET }, "IDEMPOTENCY_CONFLICT");
  });
});

describe("a client with two imported secrets", () => {
  test("gets tokens with both, and wrong ones cost and count as for other clients", async () => {
    const clientId = await importOne({ secretHash: bcrypt.hashSync(SECRET, 4) });
    await start({ clientId, clientSecret: OWN_SECRET });
    await expectWorks({ clientId, clientSecret: OWN_SECRET });
    await expectWorks({ clientId, clientSecret: SECRET });
    const single = await importOne();
    const inactive = await importOne();
    await updateClient(server.operator, { clientId: inactive, status: "INACTIVE" });
    const verify = jest.spyOn(server.services.slowHasher, "verify");
    for (const id of [clientId, single, inactive, "nobody-has-this-id"]) {
      const codes: string[] = [];
      for (let guess = 0; guess < 11; guess++) {
        const credentials = { clientId: id, clientSecret: `wrong ${guess}` };
        codes.push((await tokenFailure(server.anonymous, credentials)).extensions.code);
      }
      expect(codes).toEqual([...Array(10).fill("INVALID_CLIENT"), "RATE_LIMITED"]);
      expect(verify).toHaveBeenCalledTimes(20);
      verify.mockClear();
      server.clock.advance(61);
    }
    jest.restoreAllMocks();
  });

  test("is refused with one that ends while its hash is computed", async () => {
    const clientId = await importOne();
    await rotate({ clientId, clientSecret: OWN_SECRET, overlapSeconds: 60 });
    const { slowHasher } = server.services;
    const verify = slowHasher.verify.bind(slowHasher);
    jest.spyOn(slowHasher, "verify").mockImplementation(async (secret, stored) => {
      server.clock.advance(30);
      return verify(secret, stored);
    });
    await expectRefused({ clientId, clientSecret: SECRET });
    await expectWorks({ clientId, clientSecret: OWN_SECRET });
    jest.restoreAllMocks();
  });
});

describe("the database", () => {
  test("holds one current secret and one beside it", async () => {
    const { clientId } = await createClient(server.operator);
    await start({ clientId });
    const { unitOfWork } = server.services;
    const [row] = await rowsOf(clientId);
    for (const status of ["CURRENT", "NEXT", "PREVIOUS"] as const) {
      const third = { ...row, secretId: `third-${status}`, status } as ThirdSecret;
      const inserting = unitOfWork.write((manager) => manager.insert(ClientSecret, third));
      expect(isUniqueViolation(await inserting.catch((error: unknown) => error))).toBe(true);
    }
    expect(await rowsOf(clientId)).toHaveLength(2);
  });
});

describe("the secrets of a list of clients", () => {
  test("are read by one statement", async () => {
    const { operator } = await server.otherProject();
    const created = [];
    for (let count = 0; count < 5; count++) created.push(await createClient(operator));
    let listed: ClientView[] = [];
    const statements = await recordStatements(server.services, async () => {
      const { clients } = await operator.request(
        "{ clients(first: 200) { nodes { clientId secrets { lastFour status } } } }",
      );
      listed = clients.nodes;
    });
    expect(statements.filter(({ sql }) => sql.includes("client_secrets"))).toHaveLength(1);
    const lastFour = new Map(
      created.map((client) => [client.clientId, client.clientSecret.slice(-4)]),
    );
    expect(listed).toHaveLength(5);
    for (const { clientId, secrets } of listed) {
      expect(secrets).toEqual([{ lastFour: lastFour.get(clientId), status: "CURRENT" }]);
    }
  });
});
