import { afterEach, describe, expect, jest, test } from "@jest/globals";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { freshDatabase, migratedDatabase } from "../support/database.js";
import { startTestServer } from "../support/test-server.js";

/** Makes SQLite refuse the statements that match, as soon as they are prepared. */
function refuse(statement: RegExp, code: string): void {
  const { prototype } = SqliteDatabase as unknown as { prototype: Database };
  const prepare = prototype.prepare;
  jest.spyOn(prototype, "prepare").mockImplementation(function (this: Database, sql: string) {
    if (statement.test(sql)) throw new SqliteDatabase.SqliteError("marker-of-a-message", code);
    return prepare.call(this, sql);
  } as Database["prepare"]);
}

describe("a start on SQLite", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const messageOfStart = async (database: Awaited<ReturnType<typeof freshDatabase>>) => {
    const started = await startTestServer({ database: database.location }).then(
      () => "it started",
      (error: Error) => error.message,
    );
    jest.restoreAllMocks();
    // The file is free for another start.
    const server = await startTestServer({ database: database.location });
    await server.stop();
    await database.drop();
    return started;
  };

  test.each([
    ["the log is emptied", /wal_checkpoint/],
    ["the schema is brought up to date", /INSERT INTO "migrations"/],
  ])("says what to do when the disk is full while %s", async (_when, statement) => {
    refuse(statement, "SQLITE_FULL");
    expect(await messageOfStart(await freshDatabase())).toBe(
      "DATA_DIR: the disk is full: make room, which a start needs, and start again (SQLITE_FULL)",
    );
  });

  test.each([
    ["SQLITE_FULL", "the disk is full: make room"],
    ["SQLITE_IOERR_SHMSIZE", "the disk is full: make room"],
    ["SQLITE_IOERR_WRITE", "the disk cannot be read or written"],
    ["SQLITE_READONLY_DIRECTORY", "the database cannot be opened for writing"],
    ["SQLITE_CANTOPEN", "the database cannot be opened for writing"],
    ["SQLITE_CORRUPT_INDEX", "countersign.sqlite is damaged or not a database"],
    ["SQLITE_BUSY", "another program has locked the database"],
    ["SQLITE_ERROR", "the database cannot be opened"],
  ])("names DATA_DIR and the remedy after %s for the first project", async (code, sentence) => {
    refuse(/INSERT INTO "projects"/, code);
    const message = await messageOfStart(await migratedDatabase());
    expect(message).toMatch(new RegExp(`^DATA_DIR: ${sentence}.*\\(${code}\\)$`));
  });
});
