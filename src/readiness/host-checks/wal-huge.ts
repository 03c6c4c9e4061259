import { statSync } from "node:fs";
import path from "node:path";
import { finding, type HostCheck } from "../host-check.js";

const MIB = 2 ** 20;
const MAX_BYTES = 256 * MIB;

export const walHuge: HostCheck = {
  id: "wal-huge",
  level: "WARNING",
  what: "SQLite's log is huge",
  why: "Another program keeps the database open, so SQLite cannot copy its log into the file. Reads get slower, and the disk fills.",
  whatToDo: "End the other program (fuser countersign.sqlite names it), then restart the server.",
  docs: "operations/sqlite.md",
  find: ({ config }) => {
    if (config.databaseUrl !== undefined) return [];
    const file = path.join(config.dataDir, "countersign.sqlite-wal");
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    return size > MAX_BYTES ? [finding(file, `has ${Math.round(size / MIB)} MiB`)] : [];
  },
};
