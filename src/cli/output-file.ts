import { randomUUID } from "node:crypto";
import { linkSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import type { Writable } from "node:stream";
import { syncDirectory } from "../persistence/durable-file.js";
import { writeProblem } from "../shared/file-problems.js";
import { CommandError } from "./command.js";

/**
 * Writes a new file that only its owner can read. It is whole, or it is not there.
 * @throws CommandError if the file exists or cannot be written
 */
export async function writeNewFile<T>(
  file: string,
  write: (output: Writable) => Promise<T>,
): Promise<T> {
  // In a container every process may have the same id, and one that was killed has left its file.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    const result = await write(handle.createWriteStream({ flush: true }));
    // Unlike rename(2), link(2) replaces nothing.
    linkSync(temporary, file);
    syncDirectory(path.dirname(path.resolve(file)));
    return result;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new CommandError(`${file} exists: name another file`);
    // Not an error of the database, for which a disk may be full too.
    if (syscall !== undefined) throw new CommandError(`${file} ${writeProblem(error)}`);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
