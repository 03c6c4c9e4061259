import { build } from "../../scripts/build.mjs";

/** Before the first test of all. */
export default async function setup(): Promise<void> {
  process.stderr.write(`PROPERTY_SEED=${process.env["PROPERTY_SEED"]}\n`);
  // what server processes run
  await build({ ifNeeded: true });
}
