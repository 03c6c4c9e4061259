import { type AddCommand, examples } from "../command.js";
import type { BackupFlags } from "./backup.action.js";

export function backup(add: AddCommand): void {
  add<[BackupFlags]>(
    (program) =>
      program
        .command("backup")
        .enablePositionalOptions()
        .summary("write a backup of the whole database, also while the server runs")
        .description(
          "Writes the database as it is at one moment into one file, while the server goes on. SQLite and PostgreSQL have " +
            "the same format, and each restores the other's. The master key is not in it: keep that elsewhere.",
        )
        .option("--out <file>", "the file to write, which must not exist; - for standard output")
        .option("--encrypt", "with the passphrase in BACKUP_PASSPHRASE_FILE or BACKUP_PASSPHRASE")
        .addHelpText(
          "after",
          examples(
            "countersign backup --out countersign.backup",
            "BACKUP_PASSPHRASE_FILE=passphrase countersign backup --encrypt --out countersign.backup",
          ),
        ),
    async () => (await import("./backup.action.js")).runBackup,
  );
}
