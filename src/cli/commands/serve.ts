import { Option } from "commander";
import { type AddCommand, examples } from "../command.js";

export function serve(add: AddCommand): void {
  add<[{ mock?: string }]>(
    (program) =>
      program
        .command("serve")
        .summary("start the server, or a mock of it for tests")
        .description(
          "Starts the server, as npm start does in a checkout. Settings come from the environment. " +
            "With --mock, an issuer for tests starts instead: in memory, filled from a JSON file.",
        )
        .addOption(new Option("--mock <file>", "serve an issuer for tests, made of this file"))
        .addHelpText(
          "after",
          examples(
            "countersign serve",
            "PORT=4001 DATABASE_URL_FILE=/run/secrets/database countersign serve",
            "countersign serve --mock issuer.json",
          ),
        ),
    async () => (await import("./serve.action.js")).runServe,
  );
}
