// tsc --watch (type errors on the console, sees atomic saves) + node --watch on what it writes.
import { spawn, spawnSync } from "node:child_process";

const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"];
spawnSync(process.execPath, tsc, { stdio: "inherit" });
const children = [
  spawn(process.execPath, [...tsc, "--watch", "--preserveWatchOutput"], { stdio: "inherit" }),
  spawn(process.execPath, ["--watch", "--enable-source-maps", "dist/src/main.js"], {
    stdio: "inherit",
  }),
];
const stop = () => {
  for (const child of children) child.kill();
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
for (const child of children) child.once("exit", stop);
