import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { npm, pack, packSdk, runTool, temporaryFolder } from "./packed-sdk.js";

export interface EmptyProject {
  folder: string;
  /**
   * Compiles one of the project's programs.
   * @throws Error with what the compiler finds
   */
  compile(program: string, compilerOptions: object): Promise<void>;
  remove(): void;
}

/**
 * A folder of its own, in which the packed SDK is installed. What it depends on comes from the repository's packages, so
 * that no registry is asked. So do packages that a project has itself.
 */
export async function createEmptyProject(ownPackages: readonly string[]): Promise<EmptyProject> {
  const folder = temporaryFolder();
  const sdk = await packSdk(folder);
  const [jose] = await pack(["./node_modules/jose"], folder);
  const manifest = { name: "empty", private: true, type: "module" };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  await npm(["install", "--offline", "--no-audit", sdk.file, `./${jose?.filename}`], folder);
  for (const name of ownPackages) {
    const link = path.join(folder, "node_modules", name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.resolve("node_modules", name), link);
  }
  return {
    folder,
    compile: async (program, options) => {
      const compilerOptions = {
        target: "es2022",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        ...options,
      };
      const config = JSON.stringify({ compilerOptions, files: [program] });
      writeFileSync(path.join(folder, "tsconfig.json"), config);
      await runTool("node_modules/.bin/tsc", ["--project", folder]);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
