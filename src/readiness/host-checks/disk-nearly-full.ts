import { finding, type HostCheck } from "../host-check.js";

const GIB = 2 ** 30;
const MIN_FREE_BYTES = 2 * GIB;
const MIN_FREE_PART = 0.1;

export const diskNearlyFull: HostCheck = {
  id: "disk-nearly-full",
  level: "ERROR",
  what: "The disk of the database is nearly full",
  why: "On a full disk changes get 503, and a start fails.",
  whatToDo:
    "Make room, or move DATA_DIR to a larger disk. ACTIVITY_RETENTION_DAYS shortens the audit log.",
  docs: "operations/sqlite.md",
  find: ({ config, statfs }) => {
    if (config.databaseUrl !== undefined) return [];
    const { bavail, blocks, bsize } = statfs(config.dataDir);
    const free = bavail * bsize;
    const isLow = free < MIN_FREE_BYTES && bavail < blocks * MIN_FREE_PART;
    return isLow ? [finding(config.dataDir, `has ${(free / GIB).toFixed(1)} GiB left`)] : [];
  },
};
