// `npm start`: compiles if a source is newer than the last build, then becomes the server.
import { build } from "./build.mjs";

await build({ ifNeeded: true });
await import("../dist/src/main.js");
