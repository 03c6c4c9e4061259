import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createFileDurably } from "../persistence/durable-file.js";
import { readProblem, writeProblem } from "../shared/file-problems.js";
import { MASTER_KEY_RULE, parseMasterKey } from "./master-key-text.js";

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
  const key = parseMasterKey(readKeyFile(file));
  if (key) return key;
  const rule = MASTER_KEY_RULE.replace(/,.*$/, "");
  throw new Error(`DATA_DIR: ${file} does not hold ${rule}: restore it from its backup`);
}

/** @returns a sentence for the operator if every user of this machine can read the master key */
export function masterKeyWarning(dataDir: string): string | null {
  const file = keyFile(dataDir);
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  // Windows has no such modes.
  if (process.platform === "win32" || (mode & 0o004) === 0) return null;
  return `DATA_DIR: every user of this machine can read ${file}: run chmod 600 on it`;
}

/**
 * Checks that no master key remains of a database that has been lost, before a new database takes its place.
 * @throws Error with a message for the operator
 */
export function assertNoMasterKey(dataDir: string): void {
  const file = keyFile(dataDir);
  if (!existsSync(file)) return;
  throw new Error(
    `DATA_DIR: ${file} exists without its database countersign.sqlite: restore the database and its -wal file, or ` +
      "remove the key to begin anew",
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
    if (code !== "EEXIST") throw new Error(`DATA_DIR: ${file} ${writeProblem(error)}`);
  }
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new Error(`DATA_DIR: ${file} ${readProblem(error)}`);
    throw new Error(
      `MASTER_KEY: neither it nor ${file} is there, and the database needs the master key that it was sealed with: ` +
        "set MASTER_KEY or MASTER_KEY_FILE, or restore the file",
    );
  }
}
