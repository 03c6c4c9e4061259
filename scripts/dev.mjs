// `npm run dev`: compiles what is saved, restarts the server with it, and prints type errors beside it.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import path from "node:path";
import { build, compile } from "./build.mjs";

await build();
const children = [
  spawn(process.execPath, ["--watch", "--enable-source-maps", "dist/src/main.js"], {
    stdio: "inherit",
  }),
  spawn(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--watch", "--preserveWatchOutput"],
    { stdio: "inherit" },
  ),
];
watch("src", { recursive: true }, (_event, name) => {
  if (!name || !/\.[jt]s$/.test(name)) return;
  compile(path.join("src", name)).catch((error) => {
    // A file that has been deleted needs no build; of any other, swc says what is wrong.
    if (error.code !== "ENOENT") process.stderr.write(`${error.message}\n`);
  });
});
const stop = () => {
  for (const child of children) child.kill();
  process.exit();
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
for (const child of children) child.once("exit", stop);
