import { existsSync } from "node:fs";
import path from "node:path";
import type { Config } from "./config.js";
import type { DatabaseLocation } from "./database/data-source.js";
import { assertNoMasterKey, loadOrCreateMasterKey } from "./database/master-key-file.js";
import type { MasterKeys } from "./setting-rules.js";

type HostSettings = Pick<Config, "databaseUrl" | "databasePoolSize" | "dataDir" | "masterKeys">;

export function databaseLocation(settings: HostSettings): DatabaseLocation {
  const { databaseUrl: url, databasePoolSize: poolSize } = settings;
  return url === undefined ? { file: sqliteFile(settings) } : { url, poolSize };
}

/**
 * The keys of a database that exists.
 * @throws Error with a message for the operator
 */
export function masterKeysOf({ masterKeys, dataDir }: HostSettings): MasterKeys {
  return masterKeys ?? [loadOrCreateMasterKey(dataDir, { mayCreate: false })];
}

/**
 * The keys for a start, which makes a key file for a database that it will make.
 * @throws Error with a message for the operator
 */
export function masterKeysForStart(settings: HostSettings): MasterKeys {
  const { databaseUrl, masterKeys, dataDir } = settings;
  const hasFile = existsSync(sqliteFile(settings));
  if (databaseUrl === undefined && !hasFile) assertNoMasterKey(dataDir);
  return masterKeys ?? [loadOrCreateMasterKey(dataDir, { mayCreate: !hasFile })];
}

function sqliteFile({ dataDir }: HostSettings): string {
  return path.join(dataDir, "countersign.sqlite");
}
