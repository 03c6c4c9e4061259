import { readFileSync } from "node:fs";
import type { Variables } from "./production-settings.js";
import { readProblem } from "./shared/file-problems.js";

/**
 * Reads the secrets that come as files, whose names are in variables with `_FILE` at their end. White space at the
 * end of a file does not belong to the secret.
 * @returns the secrets by the names of their variables, and of those that cannot be read the names and problems
 */
export function readSecretFiles(env: Variables, names: readonly string[]) {
  const values: Record<string, string> = {};
  const unread = new Set<string>();
  const problems: string[] = [];
  for (const name of names) {
    const file = env[`${name}_FILE`];
    if (file === undefined) continue;
    if (env[name] !== undefined) {
      problems.push(`${name}_FILE: Set ${name} or ${name}_FILE, not both`);
      continue;
    }
    unread.add(name);
    try {
      const text = readFileSync(file, "utf8").trimEnd();
      if (text === "") problems.push(`${name}_FILE: The file is empty: write the secret into it`);
      else {
        values[name] = text;
        unread.delete(name);
      }
    } catch (error) {
      problems.push(`${name}_FILE: The file ${readProblem(error)}`);
    }
  }
  return { values, unread, problems };
}
