import type { MasterKeyRing } from "../shared/master-key.js";
import { type Manifest, SEALED } from "./manifest.js";
import { BackupError, readBackup } from "./read-backup.js";
import type { Table, Value } from "./table.js";

/**
 * Reads all of a backup before anything is written: it is whole, this version knows its schema, and the master key
 * opens its signing keys.
 * @param knownMigrations names, in their order
 * @throws BackupError
 */
export async function checkBackup(
  file: string,
  passphrase: string | undefined,
  masterKeys: MasterKeyRing,
  knownMigrations: readonly string[],
): Promise<Manifest> {
  const found: { manifest?: Manifest } = {};
  const counts: Record<string, number> = {};
  const sealed: string[] = [];
  await readBackup(file, passphrase, {
    onManifest(manifest) {
      found.manifest = manifest;
      if (manifest.schema.every((name) => knownMigrations.includes(name))) return;
      throw new BackupError(
        `${file} was made by Countersign ${manifest.version}, whose database this version does not know: restore it by that version or a later one`,
      );
    },
    onTable({ name }) {
      counts[name] = 0;
    },
    onRows(table, rows) {
      counts[table.name] = (counts[table.name] ?? 0) + rows.length;
      sealed.push(...sealedOf(table, rows));
    },
  });
  const { manifest } = found;
  const isComplete =
    manifest && Object.entries(manifest.counts).every(([name, rows]) => counts[name] === rows);
  if (!isComplete) {
    throw new BackupError(`${file} has other rows than its manifest says: use another backup`);
  }
  await assertOpens(masterKeys, sealed, manifest);
  return manifest;
}

function sealedOf({ name, columns }: Table, rows: readonly (readonly Value[])[]): string[] {
  if (name !== SEALED.table) return [];
  const index = columns.findIndex((column) => column.name === SEALED.column);
  return rows.map((row) => String(row[index]));
}

async function assertOpens(
  masterKeys: MasterKeyRing,
  sealed: readonly string[],
  manifest: Manifest,
): Promise<void> {
  try {
    for (const text of sealed) await masterKeys.unseal(text);
  } catch {
    const names = manifest.masterKeys.join(", ");
    throw new BackupError(
      `MASTER_KEY: it does not open the backup, which needs the key with the fingerprint ${names}: ` +
        "set MASTER_KEY or MASTER_KEY_FILE, or put that key into master.key in DATA_DIR",
    );
  }
}
