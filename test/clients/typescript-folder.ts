import { existsSync } from "node:fs";

/** Has packages of its own, which generate typed clients and judge the schema. */
export const TYPESCRIPT_FOLDER = "test/clients/typescript";

/** How to get the packages; null if they are installed. */
export const missingPackages = existsSync(`${TYPESCRIPT_FOLDER}/node_modules`)
  ? null
  : `its packages are not installed: npm ci --prefix ${TYPESCRIPT_FOLDER}`;
