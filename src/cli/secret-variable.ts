import { readSecretFiles } from "../secret-files.js";
import { type CommandContext, CommandError, EXIT } from "./command.js";

/**
 * Reads a secret that a command takes beside the settings of the server: from a variable, or from the file that the
 * variable with `_FILE` at its end names.
 * @throws CommandError for a file that cannot be read
 */
export function readSecret(
  { env }: Pick<CommandContext, "env">,
  name: "BACKUP_PASSPHRASE" | "TARGET_DATABASE_URL",
): string | undefined {
  const { values, problems } = readSecretFiles(env, [name]);
  const [problem] = problems;
  if (problem !== undefined) throw new CommandError(problem, EXIT.MISUSE);
  return values[name] ?? (env[name] || undefined);
}
