import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Database, openDatabase } from "../../src/database/open-database.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

describe("housekeeping of processes that share a database", () => {
  let database: TestDatabase;
  let first: Database;
  let second: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    first = await openDatabase(database.location, () => {});
    second = await openDatabase(database.location, () => {});
  });

  afterAll(async () => {
    await first.close();
    await second.close();
    await database.drop();
  });

  const tryHousekeeping = async (process: Database) => {
    let hasRun = false;
    await process.withHousekeepingLock(async () => {
      hasRun = true;
    });
    return hasRun;
  };

  /** The lock of a lost connection is released with a delay. */
  const runEventually = async (process: Database) => {
    while (!(await tryHousekeeping(process)));
  };

  test("runs in one process at a time", async () => {
    for (const [holder, waiting] of [
      [first, second],
      [second, first],
    ] as const) {
      await holder.withHousekeepingLock(async () => {
        expect(await tryHousekeeping(waiting)).toBe(false);
        // A starting process does not wait for housekeeping.
        expect(await waiting.withStartupLock(async () => "started")).toBe("started");
      });
      await runEventually(waiting);
    }
  });

  test("can run in another process after it failed", async () => {
    const failure = first.withHousekeepingLock(async () => {
      throw new Error("no");
    });
    await expect(failure).rejects.toThrow("no");
    await runEventually(second);
  });

  test("can run in another process after its process died", async () => {
    const work = new EventEmitter();
    const interrupted = first.withHousekeepingLock(async () => {
      const end = once(work, "end");
      work.emit("begin");
      await end;
    });
    await once(work, "begin");
    expect(await tryHousekeeping(second)).toBe(false);
    await first.unitOfWork.read.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(await tryHousekeeping(second)).toBe(true);
    work.emit("end");
    await interrupted;
  });
});
