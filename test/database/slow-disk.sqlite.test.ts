import { randomBytes } from "node:crypto";
import { copyFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import {
  CREATE_CLIENT,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";

/** Prototype of all file handles, whose methods a test replaces to delay or fail the server's disk writes. */
async function fileHandlePrototype(): Promise<FileHandle> {
  const file = await open(import.meta.filename);
  await file.close();
  return Object.getPrototypeOf(file);
}

describe("while the disk is slow", () => {
  let server: TestServer;
  let client: Credentials;
  let sync: jest.SpiedFunction<FileHandle["datasync"]>;

  beforeEach(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    sync = jest.spyOn(await fileHandlePrototype(), "datasync");
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

  /** Blocks all syncs until the returned function is called. */
  const blockSync = () => {
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

  test("a change and its repetition wait for the disk, and tokens do not", async () => {
    const release = blockSync();
    const answered: string[] = [];
    const record = (name: string) => () => answered.push(name);
    const first = create({ idempotencyKey: "once" }).then(record("first"));
    await waitUntil(async () => (await countClients()) > 1);
    const second = create({ idempotencyKey: "once" }).then(record("second"));
    for (let count = 0; count < 20; count++) await issueToken(server.anonymous, client);
    expect(answered).toEqual([]);
    release();
    await Promise.all([first, second]);
    expect(await countClients()).toBe(2);
  });

  test("an error that reveals another change waits until that change is on disk", async () => {
    const { clientId } = await createClient(server.operator);
    const release = blockSync();
    let isRefused = false;
    const first = server.operator.send(DELETE, { clientId });
    await waitUntil(async () => (await countClients()) < 2);
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

  test("concurrent changes share a sync", async () => {
    const release = blockSync();
    const answers = Promise.all(Array.from({ length: 30 }, () => create()));
    await waitUntil(async () => (await countClients()) === 31);
    release();
    expect((await answers).flatMap(({ errors }) => errors)).toEqual([]);
    expect(sync).toHaveBeenCalled();
    expect(sync.mock.calls.length).toBeLessThanOrEqual(3);
    expect(await countClients()).toBe(31);
  });

  test("after a failed sync, changes are refused and tokens are still issued", async () => {
    const failure = Object.assign(new Error("EIO"), { code: "EIO", syscall: "fdatasync" });
    sync.mockRejectedValueOnce(failure);
    for (const attempt of ["during the failure", "after the failure"]) {
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

test("a WAL file of a killed process is copied into the database at the start", async () => {
  const [original, copy] = [await freshDatabase(), await freshDatabase()];
  const fileOf = ({ location }: TestDatabase) => ("file" in location ? location.file : "");
  const masterKeys: [Uint8Array] = [new Uint8Array(randomBytes(32))];
  const before = await startTestServer({ database: original.location, masterKeys });
  const client = await createClient(before.operator);
  // Copying the files of a running server leaves the same state as kill -9.
  for (const end of ["", "-wal"])
    copyFileSync(`${fileOf(original)}${end}`, `${fileOf(copy)}${end}`);
  await before.stop();

  const after = await startTestServer({ database: copy.location, masterKeys });
  expect(statSync(`${fileOf(copy)}-wal`).size).toBe(0);
  expect((await issueToken(after.anonymous, client)).accessToken).toEqual(expect.any(String));
  await after.stop();
  for (const database of [original, copy]) await database.drop();
});
