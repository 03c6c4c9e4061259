import process from "node:process";
import { runTypegen } from "./command.js";

process.exitCode = await runTypegen(process.argv.slice(2), process.env, {
  result: (text) => process.stdout.write(text),
  sentence: (text) => process.stderr.write(`${text}\n`),
});
