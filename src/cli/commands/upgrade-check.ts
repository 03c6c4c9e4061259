import { type AddCommand, examples } from "../command.js";

export function upgradeCheck(add: AddCommand): void {
  add<[]>(
    (program) =>
      program
        .command("upgrade")
        .summary("what an upgrade to this version would do")
        .command("check")
        .summary("say how to upgrade to this version, before it starts")
        .description(
          "Run it with the new version and the settings of the server, which goes on. It changes nothing, and says " +
            "which migrations would run, whether processes of both versions may run side by side, and what the way " +
            "back needs.\n\n" +
            "Exit code 0: replace processes one after another, or restart with SQLite.\n" +
            "          1: stop all processes first.\n" +
            "          2: this version refuses a setting.\n" +
            "          3: it refuses the database, or cannot reach it.",
        )
        .addHelpText(
          "after",
          examples("countersign upgrade check", "countersign upgrade check --json"),
        ),
    async () => (await import("./upgrade-check.action.js")).runUpgradeCheck,
  );
}
