import { copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { migratedDatabase, type TestDatabase } from "../support/database.js";
import {
  CREATE_CLIENT,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("SQLite's files", () => {
  let database: TestDatabase;
  let file: string;
  let server: TestServer;
  let client: Credentials;

  beforeEach(async () => {
    database = await migratedDatabase();
    file = "file" in database.location ? database.location.file : "";
    server = await startTestServer({ database: database.location });
    client = await createClient(server.operator);
  });

  afterEach(async () => {
    await server.stop();
    await database.drop();
  });

  const create = async () => {
    const { status, errors } = await server.operator.send(CREATE_CLIENT, { input: { scopes: [] } });
    return [status, errors[0]?.extensions.code];
  };
  const readiness = async () => (await fetch(`${server.url}/readyz`)).status;
  const logged = (text: string) => server.logs().split(text).length - 1;

  const replace = (name: string) => {
    copyFileSync(name, `${name}.copy`);
    renameSync(`${name}.copy`, name);
  };
  test.each<[what: string, lose: () => void, name: string]>([
    ["the database is deleted", () => rmSync(file), "countersign.sqlite"],
    ["the database is moved", () => renameSync(file, `${file}.old`), "countersign.sqlite"],
    ["the database is replaced", () => replace(file), "countersign.sqlite"],
    ["the log is deleted", () => rmSync(`${file}-wal`), "countersign.sqlite-wal"],
    ["the log is replaced", () => replace(`${file}-wal`), "countersign.sqlite-wal"],
    ["the log's index is deleted", () => rmSync(`${file}-shm`), "countersign.sqlite-shm"],
  ])("no change is acknowledged after %s", async (_what, lose, name) => {
    lose();
    expect(await create()).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(await create()).toEqual([503, "SERVICE_UNAVAILABLE"]);
    await issueToken(server.anonymous, client);
    expect(logged(`${name} was deleted, moved or replaced`)).toBe(2);
  });

  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux("a deleted database can be copied from where the log says, and opened", async () => {
    rmSync(file);
    expect(await create()).toEqual([503, "SERVICE_UNAVAILABLE"]);
    const copies = [...server.logs().matchAll(/(\/proc\/\d+\/fd\/\d+) \((countersign[^)]*)\)/g)];
    expect(copies.map(([, , name]) => name)).toEqual([
      "countersign.sqlite",
      "countersign.sqlite-wal",
    ]);
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-rescued-"));
    for (const [, source = "", name = ""] of copies) copyFileSync(source, path.join(folder, name));
    await server.restart({ database: { file: path.join(folder, "countersign.sqlite") } });
    await issueToken(server.anonymous, client);
    rmSync(folder, { recursive: true });
  });

  test("readiness is false while a file is missing, and the log says so once", async () => {
    renameSync(file, `${file}.away`);
    expect(await readiness()).toBe(503);
    expect(await readiness()).toBe(503);
    expect(logged("countersign.sqlite was deleted, moved or replaced")).toBe(1);
    renameSync(`${file}.away`, file);
    expect(await readiness()).toBe(200);
    expect(await create()).toEqual([200, undefined]);
  });

  test("a damaged page is 503, and no change follows until a restart", async () => {
    await server.restart();
    truncateSync(file, 4096);
    const answer = await server.operator.send("{ auditEvents { nodes { id } } }");
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([
      503,
      "SERVICE_UNAVAILABLE",
    ]);
    expect(await create()).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(await readiness()).toBe(503);
    expect(logged("SQLite has found the database damaged or its disk unreadable")).toBeGreaterThan(
      0,
    );
  });
});
