import { existsSync } from "node:fs";
import path from "node:path";

const FOLDERS = [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin"];

/** The first of these programs that is installed. */
export const programOnPath = (...names: string[]): string | undefined =>
  names
    .flatMap((name) => FOLDERS.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
