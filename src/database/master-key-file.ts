import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createFileDurably } from "../persistence/durable-file.js";

/**
 * Reads the master key from a file that only its owner can read, and creates the file at the first start.
 * @param options.mayCreate false if a database exists, because a new key cannot unseal its contents
 * @throws Error with a message for the operator
 */
export function loadOrCreateMasterKey(
  dataDir: string,
  { mayCreate }: { mayCreate: boolean },
): Uint8Array {
  const file = keyFile(dataDir);
  if (mayCreate) createKeyFile(file);
  const key = Buffer.from(readKeyFile(file).trim(), "base64url");
  if (key.length !== 32) throw new Error(`${file} does not hold 32 bytes in base64url`);
  return new Uint8Array(key);
}

/**
 * Checks that no master key remains of a database that has been lost, before a new database takes its place.
 * @throws Error with a message for the operator
 */
export function assertNoMasterKey(dataDir: string): void {
  const file = keyFile(dataDir);
  if (!existsSync(file)) return;
  throw new Error(
    `DATA_DIR: ${file} exists without its database countersign.sqlite: restore the database, or remove the key to begin anew`,
  );
}

function keyFile(dataDir: string): string {
  return path.join(dataDir, "master.key");
}

function createKeyFile(file: string): void {
  if (existsSync(file)) return;
  try {
    // The key must survive a power cut that anything sealed with it survives.
    createFileDurably(file, `${randomBytes(32).toString("base64url")}\n`, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw new Error(`DATA_DIR: cannot write ${file} (${code})`);
  }
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new Error(`DATA_DIR: cannot read ${file} (${code})`);
    throw new Error(
      `${file} is missing, and the database is sealed with it: restore the file or set MASTER_KEY`,
    );
  }
}
