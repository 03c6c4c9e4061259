import { type AddCommand, examples } from "../command.js";
import type { RecoverKeyFlags } from "./recover-key.action.js";

export function recoverKey(add: AddCommand): void {
  add<[RecoverKeyFlags]>(
    (program) =>
      program
        .command("recover-key")
        .summary("make a new management key, or new signing keys, on the host")
        .description(
          "Makes a management key with all permissions, for when the others are lost. It needs the server's settings. " +
            "A terminal shows the secret once; elsewhere it is in the file management-secret in DATA_DIR. " +
            "With SQLite, stop the server first.",
        )
        .option(
          "--signing-keys",
          "instead, replace the signing keys that the master key does not open, for when that is lost",
        )
        .option("--project <id>", "of this project instead of the first one")
        .option("--name <name>", "what the key is called", "Recovered on the host")
        .addHelpText(
          "after",
          examples(
            "countersign recover-key",
            "countersign recover-key --project project_… --json",
            "MASTER_KEY_FILE=new-master-key countersign recover-key --signing-keys",
          ),
        ),
    async () => (await import("./recover-key.action.js")).runRecoverKey,
  );
}
