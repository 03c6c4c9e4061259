import { randomBytes } from "node:crypto";
import { copyFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import {
  CREATE_CLIENT,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** What all files have: the real log of the real server is made to wait, or to fail. */
async function prototypeOfFiles(): Promise<FileHandle> {
  const file = await open(import.meta.filename);
  await file.close();
  return Object.getPrototypeOf(file);
}

describe("while the disk takes its time", () => {
  let server: TestServer;
  let client: Credentials;
  let sync: jest.SpiedFunction<FileHandle["datasync"]>;

  beforeEach(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    // the first one of a signing key is written down
    await issueToken(server.anonymous, client);
    sync = jest.spyOn(await prototypeOfFiles(), "datasync");
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });

  const create = (input: object = {}) =>
    server.operator.send(CREATE_CLIENT, { input: { scopes: [], ...input } });
  const countClients = async () => {
    const { clients } = await server.operator.request("{ clients { totalCount } }");
    return clients.totalCount;
  };
  const readiness = async () => (await fetch(`${server.url}/readyz`)).status;

  /** Until the function that it returns is called. */
  const holdDisk = () => {
    let release = () => {};
    sync.mockReturnValue(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    return release;
  };
  const DELETE = `mutation ($clientId: ID!) {
    deleteClient(input: { clientId: $clientId }) { clientId }
  }`;

  test("a change waits for it, and so does its repetition, but tokens do not", async () => {
    const release = holdDisk();
    const answered: string[] = [];
    const note = (name: string) => () => answered.push(name);
    const first = create({ idempotencyKey: "once" }).then(note("first"));
    while ((await countClients()) === 1) await setTimeout(5);
    const second = create({ idempotencyKey: "once" }).then(note("second"));
    for (let count = 0; count < 20; count++) await issueToken(server.anonymous, client);
    expect(answered).toEqual([]);
    release();
    await Promise.all([first, second]);
    expect(await countClients()).toBe(2);
  });

  test("a refusal waits that tells of a change", async () => {
    const { clientId } = await createClient(server.operator);
    const release = holdDisk();
    let isRefused = false;
    const first = server.operator.send(DELETE, { clientId });
    while ((await countClients()) === 2) await setTimeout(5);
    const second = server.operator.failure(DELETE, { clientId }).then(({ extensions }) => {
      isRefused = true;
      return extensions.code;
    });
    for (let count = 0; count < 20; count++) await issueToken(server.anonymous, client);
    expect(isRefused).toBe(false);
    release();
    expect((await first).errors).toEqual([]);
    expect(await second).toBe("CLIENT_NOT_FOUND");
  });

  test("changes that come together share its work", async () => {
    sync.mockImplementation(() => setTimeout(500));
    const answers = await Promise.all(Array.from({ length: 30 }, () => create()));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(sync).toHaveBeenCalled();
    expect(sync.mock.calls.length).toBeLessThan(10);
    expect(await countClients()).toBe(31);
  });

  test("one that has failed is not trusted any more, and tokens are issued still", async () => {
    const failure = Object.assign(new Error("EIO"), { code: "EIO", syscall: "fdatasync" });
    sync.mockRejectedValueOnce(failure);
    for (const attempt of ["that met it", "after it"]) {
      const { status, errors } = await create({ name: attempt });
      expect([status, errors[0]?.extensions.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    }
    expect(await readiness()).toBe(503);
    expect((await issueToken(server.anonymous, client)).accessToken).toEqual(expect.any(String));
    await server.restart();
    expect(await readiness()).toBe(200);
    expect((await create()).errors).toEqual([]);
  });
});

test("a log that was left behind is copied into the database at the start", async () => {
  const [left, found] = [await freshDatabase(), await freshDatabase()];
  const fileOf = ({ location }: TestDatabase) => ("file" in location ? location.file : "");
  const masterKeys: [Uint8Array] = [new Uint8Array(randomBytes(32))];
  const before = await startTestServer({ database: left.location, masterKeys });
  const client = await createClient(before.operator);
  // as after kill -9
  for (const end of ["", "-wal"]) copyFileSync(`${fileOf(left)}${end}`, `${fileOf(found)}${end}`);
  await before.stop();

  const after = await startTestServer({ database: found.location, masterKeys });
  expect(statSync(`${fileOf(found)}-wal`).size).toBe(0);
  expect((await issueToken(after.anonymous, client)).accessToken).toEqual(expect.any(String));
  await after.stop();
  for (const database of [left, found]) await database.drop();
});
