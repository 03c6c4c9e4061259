import { writeSync } from "node:fs";

/** As `engines` in package.json. */
const OLDEST = [22, 15] as const;

// main.ts imports this first, so that nothing else is evaluated on a Node.js that it would crash.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  const needed = OLDEST.join(".");
  writeSync(2, `Countersign needs Node.js ${needed} or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
