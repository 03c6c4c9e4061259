import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Builds the explorer, where its sources are there and newer, in a process of its own at the lowest priority. Until
 * then the explorer's page says so.
 * @param script explorer/scripts/build.mjs, which an installed package does not have
 */
export function buildExplorer(script: string): void {
  if (!existsSync(script)) return;
  const { PATH } = process.env;
  const build = spawn(process.execPath, [script, "--if-needed", "--in-background"], {
    // The secrets of the settings are no business of bundlers and their packages.
    env: { PATH },
    stdio: ["ignore", "ignore", "inherit"],
  });
  // The page says how to build it.
  build.on("error", () => {});
  build.unref();
  process.once("exit", () => build.kill());
}
