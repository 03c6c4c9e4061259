import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

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
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
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
