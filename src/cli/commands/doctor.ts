import { type AddCommand, examples } from "../command.js";
import type { DoctorFlags } from "./doctor.action.js";

export function doctor(add: AddCommand): void {
  add<[DoctorFlags]>(
    (program) =>
      program
        .command("doctor")
        .summary("look for what an operator may have got wrong, or forgotten")
        .description(
          "Runs every readiness check on the settings, the host, the database and the projects, and looks at " +
            "issuers and key sets over the network. The server may run or not. It changes nothing. The exit code is 1 if it " +
            "finds something that nobody has dismissed.",
        )
        .option("--skip <checks...>", "leave out the checks with these ids")
        .option("--level <level>", "the least urgent level to look for: error, warning or notice")
        .option("--offline", "look at nothing over the network")
        .addHelpText(
          "after",
          examples(
            "countersign doctor",
            "countersign doctor --json --level warning",
            "countersign doctor --offline --skip no-backup client-unused",
          ),
        ),
    async () => (await import("./doctor.action.js")).runDoctor,
  );
}
