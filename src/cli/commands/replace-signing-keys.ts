import { type AddCommand, examples } from "../command.js";
import type { ReplaceSigningKeysFlags } from "./replace-signing-keys.action.js";

export function replaceSigningKeys(add: AddCommand): void {
  add<[ReplaceSigningKeysFlags]>(
    (program) =>
      program
        .command("replace-signing-keys")
        .summary("make new signing keys after the master key is lost")
        .description(
          "Replaces the signing keys that the master key does not open, in all projects. Their tokens end, and nothing brings " +
            "the keys back. Set the new master key in MASTER_KEY first, and stop all processes of the server.",
        )
        .option("--confirm", "do it; without this, say how many keys there are")
        .addHelpText(
          "after",
          examples(
            "countersign replace-signing-keys",
            "countersign replace-signing-keys --confirm",
          ),
        ),
    async () => (await import("./replace-signing-keys.action.js")).runReplaceSigningKeys,
  );
}
