import "../assert-node-version.js";
import { runProgram } from "./program.js";

// Only the owner may read what a command writes.
process.umask(0o077);
// A command may go on, as `serve` does; the process ends when nothing is left to do.
process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
});
