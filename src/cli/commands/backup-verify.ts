import { type AddCommand, below, examples } from "../command.js";

export function backupVerify(add: AddCommand): void {
  add<[string]>(
    (program) =>
      below(program, "backup")
        .command("verify")
        .argument("<file>")
        .summary("restore a backup into a scratch place and issue a token there")
        .description(
          "Proves that a backup can be restored: restores it into a temporary SQLite file, issues a token and verifies it. " +
            "It needs the master key, and touches no other database.",
        )
        .addHelpText("after", examples("countersign backup verify countersign.backup")),
    async () => (await import("./backup-verify.action.js")).runBackupVerify,
  );
}
