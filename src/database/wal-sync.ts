import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { syncDirectory } from "../persistence/durable-file.js";
import { SqliteFiles } from "./sqlite-files.js";

/**
 * Syncs SQLite's write-ahead log to the disk in a thread of libuv's pool. With `synchronous = FULL` each
 * commit would block the event loop until the disk is done, mostly for half a millisecond, sometimes for
 * a hundred (ADR 0005). Commits during a sync share the next one.
 *
 * After a failed sync the contents of the disk are unknown, and a later sync that succeeds proves nothing
 * (https://wiki.postgresql.org/wiki/Fsync_Errors). From then on every sync fails until the database is
 * opened again, which copies the log into the database. The same holds when a file is found deleted.
 */
export class WalSync {
  #failure: unknown = null;
  #lastSync: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | null = null;

  private constructor(
    private readonly log: FileHandle,
    private readonly files: SqliteFiles,
  ) {}

  /** @param database path of a database that is open in WAL mode; the log exists while it is open */
  static async open(database: string): Promise<WalSync> {
    const log = await open(`${database}-wal`, "r+");
    syncDirectory(path.dirname(database));
    return new WalSync(log, new SqliteFiles(database));
  }

  /** Resolves when everything committed before the call is on the disk. */
  sync(): Promise<void> {
    if (!this.#nextSync) {
      this.#nextSync = this.#lastSync.then(() => {
        this.#nextSync = null;
        return this.#sync();
      });
      this.#lastSync = this.#nextSync.catch(() => undefined);
    }
    return this.#nextSync;
  }

  /** @throws the error of the first failed sync */
  assertIntact(): void {
    if (this.#failure) throw this.#failure;
  }

  /** @throws when a file of the database has been deleted, moved or replaced */
  assertInPlace(): void {
    this.files.assertInPlace();
  }

  async close(): Promise<void> {
    await this.#lastSync;
    await this.log.close();
  }

  async #sync(): Promise<void> {
    this.assertIntact();
    try {
      await this.log.datasync();
      this.files.assertInPlace();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
