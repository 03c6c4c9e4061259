import type { ExecFileException } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram } from "../../support/run-program.js";

export interface PackedSdk {
  /** Absolute path of the tarball. */
  file: string;
  files: readonly { path: string; size: number }[];
  /** Bytes of the tarball. */
  size: number;
  unpackedSize: number;
}

export const temporaryFolder = () => mkdtempSync(path.join(tmpdir(), "countersign-sdk-"));

/** Without `prepack`: the setup of the tests has built the SDK, and other tests are using it. */
export async function packSdk(folder: string): Promise<PackedSdk> {
  const [packed] = await pack(["--workspace", "sdk"], folder);
  if (!packed) throw new Error("npm pack has packed nothing");
  return { ...packed, file: path.join(folder, packed.filename) };
}

export async function pack(what: readonly string[], destination: string) {
  const output = await npm(["pack", ...what, "--json", "--pack-destination", destination]);
  return JSON.parse(output) as (PackedSdk & { filename: string })[];
}

export const npm = (args: readonly string[], folder?: string) =>
  runTool("npm", args, { npm_config_ignore_scripts: "true" }, folder);

/** Runs a program whose findings are in its output: a failure repeats them. */
export async function runTool(...[file, ...rest]: Parameters<typeof runProgram>) {
  try {
    return await runProgram(file, ...rest);
  } catch (error) {
    const { message, stdout = "", stderr = "" } = error as ExecFileException;
    throw new Error([message, stdout, stderr].join("\n"));
  }
}
