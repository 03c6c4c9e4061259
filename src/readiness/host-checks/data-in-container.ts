import { finding, type HostCheck } from "../host-check.js";

/** Magic numbers of Linux: statfs(2). */
const LOST: Readonly<Record<number, string>> = {
  2035054128: "is in the layer of a container (overlayfs)",
  16914836: "is in memory (tmpfs)",
};

export const dataInContainer: HostCheck = {
  id: "data-in-container",
  level: "ERROR",
  what: "The database disappears with the container",
  why: "A new container, such as that of an upgrade, starts with an empty database and new keys.",
  whatToDo: "Mount a volume at DATA_DIR, or use PostgreSQL.",
  docs: "operations/sqlite.md",
  find: ({ config, statfs }) => {
    if (config.databaseUrl !== undefined) return [];
    const lost = LOST[statfs(config.dataDir).type];
    return lost ? [finding(config.dataDir, lost)] : [];
  },
};
