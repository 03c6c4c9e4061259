import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { BackupLog } from "../../backup/backup-log.js";
import { type Manifest, manifestOf } from "../../backup/manifest.js";
import { withSnapshot } from "../../backup/open-snapshot.js";
import { writeBackup } from "../../backup/write-backup.js";
import { createDataSource, MIGRATION_NAMES } from "../../database/data-source.js";
import { UnitOfWork } from "../../persistence/unit-of-work.js";
import { systemClock } from "../../shared/clock.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { type Host, openForReading, readHost } from "../host.js";
import { writeNewFile } from "../output-file.js";
import { readSecret } from "../secret-variable.js";

export interface BackupFlags {
  out?: string;
  encrypt?: true;
}

export async function runBackup(context: CommandContext, flags: BackupFlags): Promise<ExitCode> {
  const { out, encrypt: isEncrypted = false } = flags;
  if (out === undefined) {
    throw new CommandError("backup needs --out <file>, or - for standard output", EXIT.MISUSE);
  }
  const passphrase = readSecret(context, "BACKUP_PASSPHRASE");
  if (isEncrypted && passphrase === undefined) {
    throw new CommandError(
      "--encrypt needs a passphrase in BACKUP_PASSPHRASE_FILE or BACKUP_PASSPHRASE",
      EXIT.MISUSE,
    );
  }
  // With the passphrase, verify and restore take encrypted backups alone.
  if (!isEncrypted && passphrase !== undefined) {
    throw new CommandError(
      "BACKUP_PASSPHRASE is set: add --encrypt, or unset it for a backup in clear",
      EXIT.MISUSE,
    );
  }
  const toStdout = out === "-";
  if (!toStdout && existsSync(out)) throw new CommandError(`${out} exists: name another file`);
  const host = readHost(context);
  const write = (output: Writable) => writeTo(output, host, isEncrypted ? passphrase : undefined);
  const manifest = toStdout ? await write(process.stdout) : await writeNewFile(out, write);
  await record(host, manifest, isEncrypted);
  const rows = Object.values(manifest.counts).reduce((sum, count) => sum + count, 0);
  const done = `Backed up ${rows} rows of ${Object.keys(manifest.counts).length} tables`;
  if (toStdout) context.progress(done);
  else context.result({ file: out, isEncrypted, ...manifest }, `${done} to ${out}.`);
  return EXIT.DONE;
}

async function writeTo(
  output: Writable,
  host: Host,
  passphrase: string | undefined,
): Promise<Manifest> {
  const dataSource = await openForReading(host, { mayBeOlder: true });
  try {
    return await withSnapshot(host.location, dataSource, async (snapshot) => {
      const manifest = await manifestOf(snapshot, systemClock.now());
      await writeBackup(snapshot, manifest, output, passphrase);
      return manifest;
    });
  } finally {
    await dataSource.destroy();
  }
}

/** A database of an earlier version has no table for it. */
async function record(host: Host, manifest: Manifest, isEncrypted: boolean): Promise<void> {
  if (MIGRATION_NAMES.some((name) => !manifest.schema.includes(name))) return;
  const dataSource = await createDataSource(host.location).initialize();
  try {
    const log = new BackupLog(new UnitOfWork(dataSource, dataSource), systemClock);
    await log.created(manifest, { isEncrypted });
  } finally {
    await dataSource.destroy();
  }
}
