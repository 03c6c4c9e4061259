import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { EXIT, Failure } from "./failure.js";

/** @returns the text of the file, with the line ends of the command; null if there is none */
export async function readDeclaration(file: string): Promise<string | null> {
  try {
    return (await readFile(file, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new Failure(EXIT.MISUSE, `${file} cannot be read: ${codeOf(error)}.`);
  }
}

/** Writes the whole file or nothing. */
export async function writeDeclaration(file: string, text: string): Promise<void> {
  const next = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await writeFile(next, text, { flag: "wx" });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw new Failure(EXIT.MISUSE, `${file} cannot be written: ${codeOf(error)}.`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown reason";
}

/** Lines that only one of both has. */
export function differences(before: string, after: string): string[] {
  const [old, current] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  return [
    ...[...old].filter((line) => !current.has(line)).map((line) => `- ${line.trim()}`),
    ...[...current].filter((line) => !old.has(line)).map((line) => `+ ${line.trim()}`),
  ];
}
