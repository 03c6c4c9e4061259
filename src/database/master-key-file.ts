import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createFileDurably } from "../persistence/durable-file.js";

/**
 * For development and small installations: a master key in a file that only its owner reads.
 * @param options.mayCreate false where there is a database already: a new key would open nothing in it
 */
export function loadOrCreateMasterKey(
  dataDir: string,
  { mayCreate }: { mayCreate: boolean },
): Uint8Array {
  const file = path.join(dataDir, "master.key");
  if (mayCreate) create(file);
  const key = Buffer.from(read(file).trim(), "base64url");
  if (key.length !== 32) throw new Error(`${file} does not hold 32 bytes in base64url`);
  return new Uint8Array(key);
}

function create(file: string): void {
  if (existsSync(file)) return;
  try {
    // On the disk before anything is sealed under it.
    createFileDurably(file, `${randomBytes(32).toString("base64url")}\n`, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw new Error(`DATA_DIR: cannot write ${file} (${code})`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new Error(`DATA_DIR: cannot read ${file} (${code})`);
    throw new Error(
      `${file} is missing, and the database beside it is sealed under it: restore it or set MASTER_KEY`,
    );
  }
}
