import { readSecretFiles } from "../secret-files.js";
import { type CommandContext, CommandError, EXIT } from "./command.js";

const NAME = "BACKUP_PASSPHRASE";

/** @throws CommandError for a file that cannot be read */
export function readPassphrase({ env }: Pick<CommandContext, "env">): string | undefined {
  const { values, problems } = readSecretFiles(env, [NAME]);
  const [problem] = problems;
  if (problem !== undefined) throw new CommandError(problem, EXIT.MISUSE);
  return values[NAME] ?? (env[NAME] || undefined);
}
