import { existsSync } from "node:fs";

/** Has packages of its own, which judge the packed SDK, and the runtimes in which it runs. */
export const PACKAGE_FOLDER = "test/sdk/package";

/** How to get the packages; null if they are installed. */
export const missingPackages = existsSync(`${PACKAGE_FOLDER}/node_modules`)
  ? null
  : `its packages are not installed: npm ci --prefix ${PACKAGE_FOLDER}`;
