import { rmSync } from "node:fs";
import path from "node:path";
import { createFileDurably } from "./persistence/durable-file.js";
import { writeProblem } from "./shared/file-problems.js";
import { generateSecret } from "./shared/secrets.js";

/** Where the operator finds the generated management secret of the first project. */
export interface FirstSecret {
  /** Undefined: a terminal shows it. */
  file: string | undefined;
  generate(): string;
}

export const SHOWN_SECRET: FirstSecret = {
  file: undefined,
  generate: () => generateSecret("cmk"),
};

/**
 * The secret is shown by a terminal. Where standard error goes to a log, which others read and which stays, it is
 * written to a file in `dataDir` that only its owner can read.
 */
export function firstSecret(dataDir: string, isTerminal: boolean): FirstSecret {
  if (isTerminal) return SHOWN_SECRET;
  const file = path.resolve(dataDir, "management-secret");
  return {
    file,
    generate: () => {
      const secret = generateSecret("cmk");
      try {
        // Of a former database.
        rmSync(file, { force: true });
        createFileDurably(file, `${secret}\n`, 0o600);
      } catch (error) {
        throw new Error(
          "BOOTSTRAP_PROJECT_SECRET: set it, such as to the output of openssl rand -hex 32: without a terminal, " +
            `a generated secret would go to ${file}, which ${writeProblem(error)}`,
        );
      }
      return secret;
    },
  };
}
