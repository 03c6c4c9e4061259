import { type AddCommand, examples } from "../command.js";

export function moveDatabase(add: AddCommand): void {
  add<[]>(
    (program) =>
      program
        .command("move-database")
        .summary("move the embedded SQLite database to PostgreSQL")
        .description(
          "Copies the SQLite database in DATA_DIR to the PostgreSQL database that TARGET_DATABASE_URL or " +
            "TARGET_DATABASE_URL_FILE names. Stop the server first. The target must be empty, and stays empty unless " +
            "everything has been copied, counted and committed. The SQLite file then gets another name.",
        )
        .addHelpText(
          "after",
          examples(
            "TARGET_DATABASE_URL=postgres://user@host/countersign countersign move-database",
            "TARGET_DATABASE_URL_FILE=/run/secrets/target countersign move-database --json",
          ),
        ),
    async () => (await import("./move-database.action.js")).runMoveDatabase,
  );
}
