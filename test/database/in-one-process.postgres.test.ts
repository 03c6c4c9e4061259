import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Database, openDatabase } from "../../src/database/open-database.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

describe("what one process does for all that share a database", () => {
  let database: TestDatabase;
  let one: Database;
  let other: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    one = await openDatabase(database.location, () => {});
    other = await openDatabase(database.location, () => {});
  });

  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  const attempt = async (process: Database) => {
    let hasDone = false;
    await process.withHousekeepingLock(async () => {
      hasDone = true;
    });
    return hasDone;
  };

  /** Until the lock of whoever had it has gone with its connection. */
  const attemptInTime = async (process: Database) => {
    while (!(await attempt(process)));
  };

  test("is not done by another one meanwhile, and then it is", async () => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      await first.withHousekeepingLock(async () => {
        expect(await attempt(second)).toBe(false);
        // whoever starts does not wait for it
        expect(await second.withStartupLock(async () => "started")).toBe("started");
      });
      await attemptInTime(second);
    }
  });

  test("is left to others when it fails", async () => {
    const failure = one.withHousekeepingLock(async () => {
      throw new Error("no");
    });
    await expect(failure).rejects.toThrow("no");
    await attemptInTime(other);
  });

  test("is left to others when its process dies", async () => {
    const work = new EventEmitter();
    const cutOff = one.withHousekeepingLock(async () => {
      const end = once(work, "end");
      work.emit("begin");
      await end;
    });
    await once(work, "begin");
    expect(await attempt(other)).toBe(false);
    await one.unitOfWork.read.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(await attempt(other)).toBe(true);
    work.emit("end");
    await cutOff;
  });
});
