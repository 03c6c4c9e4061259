import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { loadOrCreateMasterKey } from "../../../src/database/master-key-file.js";

const calls: string[] = [];
const opened = new Map<number, string>();
let folder: string;

/** Notes what is brought to the disk, and in which order. */
function noteDiskCalls() {
  const { openSync, writeSync, fsyncSync, linkSync } = fs;
  const nameOf = (descriptor: number) => opened.get(descriptor) ?? "?";
  const short = (file: unknown) =>
    path.relative(folder, String(file)).replace(/\d+\.tmp$/, "tmp") || ".";
  jest.spyOn(fs, "openSync").mockImplementation((file, flags, mode) => {
    const descriptor = openSync(file, flags, mode);
    opened.set(descriptor, short(file));
    return descriptor;
  });
  jest.spyOn(fs, "writeSync").mockImplementation((descriptor: number, text: unknown) => {
    calls.push(`write ${nameOf(descriptor)}`);
    return writeSync(descriptor, String(text));
  });
  jest.spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
    calls.push(`fsync ${nameOf(descriptor)}`);
    fsyncSync(descriptor);
  });
  jest.spyOn(fs, "linkSync").mockImplementation((from, to) => {
    calls.push(`link ${short(from)} ${short(to)}`);
    linkSync(from, to);
  });
  // so that `import { fsyncSync } from "node:fs"` means the spy
  syncBuiltinESMExports();
}

describe("the generated master key", () => {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-key-"));
    calls.length = 0;
    noteDiskCalls();
  });

  afterEach(() => {
    jest.restoreAllMocks();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is on the disk under its name before it is used", () => {
    const dataDir = path.join(folder, "srv", "data");
    const key = loadOrCreateMasterKey(dataDir, { mayCreate: true });
    expect(key).toHaveLength(32);
    expect(calls).toEqual([
      "fsync srv",
      "fsync .",
      "write srv/data/master.key.tmp",
      "fsync srv/data/master.key.tmp",
      "link srv/data/master.key.tmp srv/data/master.key",
      "fsync srv/data",
    ]);
    expect(readdirSync(dataDir)).toEqual(["master.key"]);
    expect(statSync(path.join(dataDir, "master.key")).mode & 0o777).toBe(0o600);
  });

  test("of another process that was there first is kept", () => {
    const first = loadOrCreateMasterKey(folder, { mayCreate: true });
    calls.length = 0;
    expect(loadOrCreateMasterKey(folder, { mayCreate: true })).toEqual(first);
    expect(calls).toEqual([]);
    const stored = readFileSync(path.join(folder, "master.key"), "utf8").trim();
    expect(Buffer.from(stored, "base64url")).toEqual(Buffer.from(first));
  });
});
