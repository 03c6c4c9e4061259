import { existsSync } from "node:fs";

export const TYPESCRIPT_FOLDER = "examples/typed-clients/typescript";

/** How to get the packages; null if they are installed. */
export const missingPackages = existsSync(`${TYPESCRIPT_FOLDER}/node_modules`)
  ? null
  : `its packages are not installed: npm ci --prefix ${TYPESCRIPT_FOLDER}`;
