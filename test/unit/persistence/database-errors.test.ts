import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import SqliteDatabase from "better-sqlite3";
import { DatabaseError } from "pg";
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from "typeorm";
import {
  toServiceUnavailable,
  transientErrorCode,
} from "../../../src/persistence/database-errors.js";

const folder = mkdtempSync(path.join(tmpdir(), "database-errors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error");
};
const wrapped = (error: Error) => new QueryFailedError("SELECT marker", ["marker"], error);
const serverError = (code: string) =>
  Object.assign(new DatabaseError("a marker", 8, "error"), { code });
const connectionError = async (options: { host: string; port: number }) =>
  new Promise<Error>((resolve) => connect(options).once("error", resolve));
const closedPort = async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe("an unavailable database is recognized by", () => {
  test.each([
    ..."08000 08001 08003 08004 08006 08007 53100 53200 53300 57014 57P01 57P02 57P03".split(" "),
    ..."58030 25006 25P03 28000 28P01 3D000 40001 40003 40P01 55P03".split(" "),
  ])("PostgreSQL's code %s, with and without TypeORM", (code) => {
    expect(transientErrorCode(serverError(code))).toBe(code);
    expect(transientErrorCode(wrapped(serverError(code)))).toBe(code);
  });

  test.each([
    "Connection terminated",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "timeout expired",
    "timeout exceeded when trying to connect",
    "Query read timeout",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
    "Cannot use a pool after calling end on the pool",
  ])("pg's message: %s", (sentence) => {
    expect(sentence).toContain(transientErrorCode(new Error(sentence)));
    expect(sentence).toContain(transientErrorCode(wrapped(new Error(sentence))));
  });

  test("a refused connection to one or several addresses, and an unknown host name", async () => {
    const port = await closedPort();
    const refused = await connectionError({ host: "127.0.0.1", port });
    expect(transientErrorCode(refused)).toBe("ECONNREFUSED");
    expect(transientErrorCode(new AggregateError([refused, refused]))).toBe("ECONNREFUSED");
    const unknown = await connectionError({ host: "nowhere.invalid", port });
    expect(transientErrorCode(unknown)).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
  });

  test("a lost socket", () => {
    for (const code of ["ECONNRESET", "EPIPE", "ETIMEDOUT"]) {
      expect(transientErrorCode(wrapped(Object.assign(new Error("marker"), { code })))).toBe(code);
    }
  });

  test("a transaction whose connection is lost", () => {
    expect(transientErrorCode(new QueryRunnerAlreadyReleasedError())).not.toBeNull();
  });

  test("an SQLite file that is locked, full or cannot be opened", () => {
    const file = path.join(folder, "test.sqlite");
    const [db, other] = [new SqliteDatabase(file), new SqliteDatabase(file, { timeout: 0 })];
    db.exec("CREATE TABLE t (x)");
    db.exec("BEGIN IMMEDIATE");
    const busy = thrownBy(() => other.exec("INSERT INTO t VALUES (1)"));
    db.exec("COMMIT");
    db.pragma("max_page_count = 3");
    const full = thrownBy(() => db.exec("INSERT INTO t VALUES (zeroblob(100000))"));
    const unopened = thrownBy(() => new SqliteDatabase(folder));
    const errors = [busy, full, unopened].map((error) => transientErrorCode(wrapped(error)));
    expect(errors).toEqual(["SQLITE_BUSY", "SQLITE_FULL", "SQLITE_CANTOPEN"]);
    other.close();
    db.close();
  });
});

test.each([
  ["a violated index", wrapped(serverError("23505"))],
  ["wrong SQL", wrapped(serverError("42601"))],
  ["an aborted transaction", wrapped(serverError("25P02"))],
  ["a violated SQLite index", wrapped(Object.assign(new Error(), { code: "SQLITE_CONSTRAINT" }))],
  ["a missing file", Object.assign(new Error(), { code: "ENOENT", syscall: "open" })],
  ["a bug", new TypeError("marker")],
  ["nothing", undefined],
])("%s is not an unavailable database", (_what, error) => {
  expect(transientErrorCode(error)).toBeNull();
  expect(toServiceUnavailable(error)).toBe(error);
});
