import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

const calls: string[] = [];
const opened = new Map<number, string>();
let folder: string;
let isDiskFull = false;

/** The real node:fs, which records writes, syncs and links in order. */
const realFs = await import("node:fs");
jest.unstable_mockModule("node:fs", () => {
  const nameFor = (descriptor: number) => opened.get(descriptor) ?? "?";
  const shortName = (file: string) =>
    path.relative(folder, file).replace(/\d+\.tmp$/, "tmp") || ".";
  return {
    ...realFs,
    openSync: (file: string, flags: string, mode?: number) => {
      const descriptor = realFs.openSync(file, flags, mode);
      opened.set(descriptor, shortName(file));
      return descriptor;
    },
    writeSync: (descriptor: number, text: string) => {
      if (isDiskFull) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      calls.push(`write ${nameFor(descriptor)}`);
      return realFs.writeSync(descriptor, text);
    },
    fsyncSync: (descriptor: number) => {
      calls.push(`fsync ${nameFor(descriptor)}`);
      realFs.fsyncSync(descriptor);
    },
    linkSync: (from: string, to: string) => {
      calls.push(`link ${shortName(from)} ${shortName(to)}`);
      realFs.linkSync(from, to);
    },
  };
});
const { loadOrCreateMasterKey } = await import("../../../src/database/master-key-file.js");

describe("the generated master key", () => {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-key-"));
    calls.length = 0;
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is on disk under its name before it is used", () => {
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

  test("leaves nothing behind that a full disk has cut short", () => {
    isDiskFull = true;
    const create = () => loadOrCreateMasterKey(folder, { mayCreate: true });
    expect(create).toThrow(/^DATA_DIR: \S+ cannot be written \(ENOSPC\): the disk is full$/);
    isDiskFull = false;
    expect(readdirSync(folder)).toEqual([]);
    expect(create()).toHaveLength(32);
  });

  test("of another process is kept if it was created first", () => {
    const first = loadOrCreateMasterKey(folder, { mayCreate: true });
    calls.length = 0;
    expect(loadOrCreateMasterKey(folder, { mayCreate: true })).toEqual(first);
    expect(calls).toEqual([]);
    const stored = readFileSync(path.join(folder, "master.key"), "utf8").trim();
    expect(Buffer.from(stored, "base64url")).toEqual(Buffer.from(first));
  });
});
