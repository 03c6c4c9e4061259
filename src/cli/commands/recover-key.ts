import { type AddCommand, examples } from "../command.js";
import type { RecoverKeyFlags } from "./recover-key.action.js";

export function recoverKey(add: AddCommand): void {
  add<[RecoverKeyFlags]>(
    (program) =>
      program
        .command("recover-key")
        .summary("make a new management key on the host")
        .description(
          "Makes a management key with all permissions, for when the others are lost. It needs the server's settings. " +
            "A terminal shows the secret once; elsewhere it is in the file management-secret in DATA_DIR. " +
            "With SQLite, stop the server first.",
        )
        .option("--project <id>", "of this project instead of the first one")
        .option("--name <name>", "what the key is called", "Recovered on the host")
        .addHelpText(
          "after",
          examples("countersign recover-key", "countersign recover-key --project project_… --json"),
        ),
    async () => (await import("./recover-key.action.js")).runRecoverKey,
  );
}
