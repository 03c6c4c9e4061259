import { VERSION } from "../shared/version.js";
import { type DatabaseLocation, MIGRATION_NAMES } from "./data-source.js";
import { NEEDS_STOP, versionWith } from "./releases.js";

/** What a start of this version would do to a database. */
export interface UpgradePlan {
  version: string;
  database: "SQLite" | "PostgreSQL";
  /** The version whose schema the database has; null: one between two releases. */
  from: string | null;
  /** Names of the migrations that would run. */
  migrations: string[];
  /**
   * `ROLLING`: processes of both versions may run at the same time. `RESTART`: SQLite serves one process. `STOP`: all
   * processes of the earlier version must end first.
   */
  upgrade: "ROLLING" | "RESTART" | "STOP";
  /** `START`: the earlier version starts on the database as it is. `RESTORE`: it needs a backup. */
  wayBack: "START" | "RESTORE";
  stopReasons: string[];
}

/** @param executed names of the migrations that made the schema */
export function planUpgrade(location: DatabaseLocation, executed: readonly string[]): UpgradePlan {
  const migrations = MIGRATION_NAMES.filter((name) => !executed.includes(name));
  const stopReasons = migrations.flatMap((name) => NEEDS_STOP[name] ?? []);
  const isSqlite = "file" in location;
  const running = isSqlite ? "RESTART" : "ROLLING";
  return {
    version: VERSION,
    database: isSqlite ? "SQLite" : "PostgreSQL",
    from: versionWith(executed),
    migrations,
    upgrade: stopReasons.length > 0 && !isSqlite ? "STOP" : running,
    wayBack: migrations.length > 0 ? "RESTORE" : "START",
    stopReasons,
  };
}
