#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/src/cli/main.js", import.meta.url);
if (!existsSync(main)) {
  process.stderr.write("Cannot start: dist/ is missing: run npm run build.\n");
  process.exit(1);
}
await import(main.href);
