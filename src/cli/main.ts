import "../assert-node-version.js";
import { runProgram } from "./program.js";

// A command may go on, as `serve` does; the process ends when nothing is left to do.
process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
});
