import { randomInt } from "node:crypto";
import { build } from "../../scripts/build.mjs";
import { buildSdk } from "../../sdk/scripts/build.mjs";

/** Runs before all tests: builds dist/ for server processes, and the SDK, and chooses the seed of the property tests. */
export async function buildForTests() {
  process.env.PROPERTY_SEED ??= String(randomInt(2 ** 31));
  process.stderr.write(`PROPERTY_SEED=${process.env.PROPERTY_SEED}\n`);
  await build({ ifNeeded: true });
  await buildSdk({ ifNeeded: true });
  return import("../../dist/src/database/open-database.js");
}
