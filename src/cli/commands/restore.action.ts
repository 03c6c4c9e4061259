import { existsSync } from "node:fs";
import { BackupLog } from "../../backup/backup-log.js";
import { checkBackup } from "../../backup/check-backup.js";
import { assertEmpty } from "../../backup/empty-database.js";
import { fillDatabase, type ReadRows, rowsOfBackup } from "../../backup/fill-database.js";
import type { Manifest } from "../../backup/manifest.js";
import { removeSqliteFile, replaceSqliteFile } from "../../backup/restore-file.js";
import { type DatabaseLocation, MIGRATION_NAMES } from "../../database/data-source.js";
import { openDatabase, toStartError } from "../../database/open-database.js";
import { migrationsOf, RELEASES } from "../../database/releases.js";
import { revertMigrations } from "../../database/revert-migrations.js";
import { NewerSchemaError } from "../../database/schema-version-check.js";
import { lockSqliteFile } from "../../database/sqlite-file-lock.js";
import { masterKeysOf } from "../../host-settings.js";
import { systemClock } from "../../shared/clock.js";
import { MasterKeyRing } from "../../shared/master-key.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { openForReading, readHost } from "../host.js";
import { readSecret } from "../secret-variable.js";

export interface RestoreFlags {
  forVersion?: string;
}

export async function runRestore(
  context: CommandContext,
  file: string,
  { forVersion }: RestoreFlags,
): Promise<ExitCode> {
  const keptMigrations = forVersion === undefined ? null : migrationsOfRelease(forVersion);
  const { config, location } = readHost(context);
  const passphrase = readSecret(context, "BACKUP_PASSPHRASE");
  const masterKeys = new MasterKeyRing(masterKeysOf(config));
  const manifest = await checkBackup(file, passphrase, masterKeys, MIGRATION_NAMES);
  const fill = (target: DatabaseLocation) =>
    fillFrom(context, target, { manifest, keptMigrations }, rowsOfBackup(file, passphrase));
  const kept =
    "file" in location
      ? await restoreSqlite(location.file, fill)
      : await restorePostgres(location, fill);
  context.result(
    { ...manifest, ...(forVersion && { forVersion }), ...(kept !== null && { kept }) },
    `Restored the backup of ${manifest.createdAt}${forVersion ? ` for version ${forVersion}` : ""}.` +
      (kept === null ? "" : `\nThe former database is in ${kept}.`),
  );
  return EXIT.DONE;
}

function migrationsOfRelease(version: string): readonly string[] {
  const migrations = migrationsOf(version);
  if (migrations) return migrations;
  const known = Object.keys(RELEASES).join(", ");
  throw new CommandError(`--for-version must be an earlier version: ${known}`, EXIT.MISUSE);
}

type Fill = (target: DatabaseLocation) => Promise<void>;

async function fillFrom(
  { progress }: CommandContext,
  target: DatabaseLocation,
  { manifest, keptMigrations }: { manifest: Manifest; keptMigrations: readonly string[] | null },
  rows: ReadRows,
): Promise<void> {
  try {
    await fillDatabase(target, manifest.schema, rows);
    if (keptMigrations) {
      await revertMigrations(target, keptMigrations);
      return;
    }
    // Runs the migrations that this version has in addition.
    const database = await openDatabase(target, progress);
    try {
      await new BackupLog(database.unitOfWork, systemClock).restored(manifest);
      database.checkpoint();
    } finally {
      await database.close();
    }
  } catch (error) {
    throw toStartError(target, error);
  }
}

/** @returns the file that the former database is in now; null: there was none */
async function restoreSqlite(file: string, fill: Fill): Promise<string | null> {
  const unlock = lockSqliteFile(file);
  const scratch = `${file}.restoring`;
  try {
    if (existsSync(file)) await assertNotNewer(file);
    removeSqliteFile(scratch);
    await fill({ file: scratch });
    return replaceSqliteFile(file, scratch, systemClock.now());
  } finally {
    removeSqliteFile(scratch);
    unlock();
  }
}

/** A database that cannot be read is what a backup is for. */
async function assertNotNewer(file: string): Promise<void> {
  try {
    const dataSource = await openForReading({ location: { file } }, { mayBeOlder: true });
    await dataSource.destroy();
  } catch (error) {
    if (error instanceof NewerSchemaError) throw error;
  }
}

async function restorePostgres(location: { url: string }, fill: Fill): Promise<null> {
  await assertEmpty(location, "DATABASE_URL");
  await fill(location);
  return null;
}
