import { type AddCommand, examples } from "../command.js";
import type { RestoreFlags } from "./restore.action.js";

export function restore(add: AddCommand): void {
  add<[string, RestoreFlags]>(
    (program) =>
      program
        .command("restore")
        .argument("<file>")
        .summary("put a backup in the place of the database")
        .description(
          "Restores a backup into the database that the settings name. With SQLite the server must be stopped, and the former " +
            "file stays beside the new one. PostgreSQL needs an empty database: create one, and name it in DATABASE_URL. " +
            "The master key is checked before anything is written.",
        )
        .option(
          "--for-version <version>",
          "with the schema of an earlier version, to go back to it",
        )
        .addHelpText(
          "after",
          examples(
            "countersign restore countersign.backup",
            "countersign restore --for-version 0.2.0 countersign.backup",
            "BACKUP_PASSPHRASE_FILE=passphrase countersign restore countersign.backup",
          ),
        ),
    async () => (await import("./restore.action.js")).runRestore,
  );
}
