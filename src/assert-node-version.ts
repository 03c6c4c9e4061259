import { writeSync } from "node:fs";

/** The same as `engines` in package.json. */
const MINIMUM_VERSION = [22, 15] as const;

// main.ts imports this file first: on an older Node.js, other modules fail with less clear errors.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1])) {
  const minimum = MINIMUM_VERSION.join(".");
  writeSync(
    2,
    `Countersign needs Node.js ${minimum} or newer; this is ${process.versions.node}.\n`,
  );
  process.exit(1);
}
