import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import {
  type Credentials,
  DELETE_CLIENT,
  importClient,
  issueToken,
  tokenFailure,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { secretOperations } from "./secret-operations.js";

const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";
const FORMER_KEY = new Uint8Array(randomBytes(32));
const NEW_KEY = new Uint8Array(randomBytes(32));

describe("an imported secret that has matched its slow hash", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ masterKeys: [FORMER_KEY] });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await server.stop();
  });

  const { rotate, expectRefused } = secretOperations(() => server);

  const importOne = async (clientId: string = randomUUID()): Promise<Credentials> => {
    await importClient(server.operator, { clientId, secretHash: bcrypt.hashSync(SECRET, 4) });
    return { clientId, clientSecret: SECRET };
  };
  /** Imports a client and uses its secret, which the server remembers beyond its end. */
  const importUsed = async () => {
    const client = await importOne();
    await issueToken(server.anonymous, client);
    await server.services.authenticator.verifiedSecrets.flush();
    return client;
  };
  const rowOf = ({ clientId }: Credentials) =>
    server.services.unitOfWork.read.findOneByOrFail(ClientSecret, { clientId });
  /** The number of slow hashes that a request costs. */
  const slowHashesOf = async (request: () => Promise<unknown>) => {
    const verify = jest.spyOn(server.services.slowHasher, "verify");
    await request();
    const count = verify.mock.calls.length;
    verify.mockRestore();
    return count;
  };
  const use = (client: Credentials) => slowHashesOf(() => issueToken(server.anonymous, client));
  const guess = (clientId: string, clientSecret: string) =>
    slowHashesOf(() => tokenFailure(server.anonymous, { clientId, clientSecret }));

  test("costs no slow hash after a restart, and a wrong one costs what it always costs", async () => {
    const client = await importUsed();
    const unused = await importOne();
    await server.restart();
    expect(await use(client)).toBe(0);
    expect(await use(unused)).toBe(1);
    for (const clientId of [client.clientId, unused.clientId, randomUUID()]) {
      expect(await guess(clientId, "wrong")).toBe(2);
    }
  });

  test("costs no slow hash in another process", async () => {
    const second = await server.secondInstance();
    if (!second) return;
    const client = await importUsed();
    const verify = jest.spyOn(second.services.slowHasher, "verify");
    await issueToken(second.anonymous, client);
    expect(verify).not.toHaveBeenCalled();
    await second.stop();
  });

  test("is remembered as a keyed hash that no other row can use", async () => {
    const client = await importUsed();
    const other = await importOne();
    const row = await rowOf(client);
    expect(row.fingerprint).toMatch(/^[\w-]{43}$/);
    const { secretId, hash } = await rowOf(other);
    const write = (change: Partial<ClientSecret>) =>
      server.services.unitOfWork.write((manager) =>
        manager.update(ClientSecret, { secretId }, change as never),
      );
    await write({ fingerprint: row.fingerprint });
    expect(await use(other)).toBe(1);
    await server.restart();
    // Neither does it vouch for a secret whose hash has been replaced.
    await server.services.authenticator.verifiedSecrets.flush();
    await write({ hash: bcrypt.hashSync("another secret", 4) });
    expect(await guess(other.clientId, SECRET)).toBe(2);
    expect((await rowOf(other)).hash).not.toBe(hash);
  });

  test("is forgotten with its row", async () => {
    const client = await importUsed();
    const { clientId } = client;
    const clientSecret = `${SECRET} of another time`;
    await rotate({ clientId, clientSecret, overlapSeconds: 0 });
    await expectRefused(client);
    expect((await rowOf(client)).fingerprint).toBeNull();
    await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    await importOne(clientId);
    expect((await rowOf(client)).fingerprint).toBeNull();
    expect(await use(client)).toBe(1);
  });

  test("is limited as before: guesses at the same time do not find it", async () => {
    const client = await importUsed();
    await server.restart();
    const guesses = Array.from({ length: 20 }, (_, number) => `wrong ${number}`);
    const codes = await Promise.all(
      [...guesses, SECRET].map(async (clientSecret) => {
        const failure = await tokenFailure(server.anonymous, { ...client, clientSecret });
        return failure.extensions.code;
      }),
    );
    expect(codes.filter((code) => code === "INVALID_CLIENT")).toHaveLength(10);
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    server.clock.advance(61);
    expect(await use(client)).toBe(0);
  });

  test("costs one slow hash again once the master key is replaced that it was stored under", async () => {
    const used = await importUsed();
    const unused = await importUsed();
    const { fingerprint } = await rowOf(used);
    await server.restart({ masterKeys: [NEW_KEY, FORMER_KEY] });
    expect(await use(used)).toBe(0);
    await server.services.authenticator.verifiedSecrets.flush();
    expect((await rowOf(used)).fingerprint).not.toBe(fingerprint);
    await server.restart({ masterKeys: [NEW_KEY] });
    expect(await use(used)).toBe(0);
    expect(await use(unused)).toBe(1);
  });
});
