// `npm start`: compiles if a source is newer than the last build, then becomes the server.
import { existsSync } from "node:fs";
import { build, failWithProblem } from "./build.mjs";

if (!existsSync(new URL("../node_modules", import.meta.url))) {
  process.stderr.write("Cannot start: node_modules/ is missing: run npm ci.\n");
  process.exit(1);
}
await build({ ifNeeded: true }).catch(failWithProblem);
await import("../dist/src/main.js");
