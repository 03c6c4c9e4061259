import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { syncDirectory } from "../persistence/durable-file.js";

/**
 * SQLite's write-ahead log, brought to the disk by a thread of libuv's pool. With
 * `synchronous = FULL` each commit would do that itself, and the event loop stand still until the disk
 * is done: half a millisecond mostly, and now and then a hundred (ADR 0005). Commits that come while
 * one sync is under way share the next.
 *
 * After a failed sync nobody knows what is on the disk, and a later one that succeeds does not tell
 * (https://wiki.postgresql.org/wiki/Fsync_Errors): from then on nothing is acknowledged until the database
 * has been opened anew, for which the log's contents are written again, into the database.
 */
export class WalSync {
  #failure: unknown = null;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(private readonly file: FileHandle) {}

  /** @param database an open one in WAL mode; the log's file lives as long as its connection */
  static async open(database: string): Promise<WalSync> {
    const file = await open(`${database}-wal`, "r+");
    syncDirectory(path.dirname(database));
    return new WalSync(file);
  }

  /** Resolves when what is committed now is on the disk. */
  sync(): Promise<void> {
    if (!this.#next) {
      this.#next = this.#last.then(() => {
        this.#next = null;
        return this.#sync();
      });
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  /** @throws what kept the log from the disk */
  assertIntact(): void {
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.file.close();
  }

  async #sync(): Promise<void> {
    this.assertIntact();
    try {
      await this.file.datasync();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
