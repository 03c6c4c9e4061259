import { type AddCommand, examples } from "../command.js";

export function restore(add: AddCommand): void {
  add<[string]>(
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
        .addHelpText(
          "after",
          examples(
            "countersign restore countersign.backup",
            "BACKUP_PASSPHRASE_FILE=passphrase countersign restore countersign.backup",
          ),
        ),
    async () => (await import("./restore.action.js")).runRestore,
  );
}
