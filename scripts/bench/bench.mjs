// How many tokens a CPU-second makes, beside oidc-provider (in memory) and bare RSA signatures, and
// what the other operations, several workers and disturbances do. Linux only (it reads /proc).
//   npm run bench                 everything, on SQLite and on a PostgreSQL from npm
//   npm run bench -- tokens       one part of: tokens operations memory workers disturbances
//   npm run bench -- operations --only=verifyToken
//   npm run bench -- --quick      short rounds, to see that it runs
//   npm run bench -- --save       writes docs/benchmarks.md and its plot
import { writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { build } from "../build.mjs";
import { startPostgres } from "../postgres.mjs";
import { disturbances } from "./disturbances.mjs";
import { memory } from "./memory.mjs";
import { operations } from "./operations.mjs";
import { ROOT } from "./processes.mjs";
import { machine, plot, saveReport } from "./report.mjs";
import { tokens } from "./tokens.mjs";
import { workers } from "./workers.mjs";

const parts = { tokens, operations, memory, workers, disturbances };
const options = process.argv.slice(2);
const wanted = Object.keys(parts).filter((name) => options.includes(name));
const only = options.find((one) => one.startsWith("--only="));
const unknown = options.filter(
  (one) => !(one in parts || [only, "--quick", "--save"].includes(one)),
);
if (unknown.length > 0) {
  process.stderr.write(
    `${unknown.join(" ")}? Parts are ${Object.keys(parts).join(", ")}; options --quick, --only=OPERATION and --save.\n`,
  );
  process.exit(2);
}
const settings = options.includes("--quick")
  ? { seconds: 1, warmUpSeconds: 1, rounds: 1, isQuick: true }
  : { seconds: 5, warmUpSeconds: 10, rounds: 3 };

settings.only = only?.slice("--only=".length);

await build({ ifNeeded: true });
const postgres = await startPostgres({
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
});
let databases = 0;
/** @returns its URL */
async function createDatabase() {
  const client = new pg.Client(postgres.url);
  await client.connect();
  const name = `bench_${++databases}`;
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return postgres.url.replace(/[^/]*$/, name);
}
if (settings.isQuick) process.stderr.write("These rounds are too short to mean anything.\n");
const report = [await machine()];
try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
    process.stderr.write(`${name} …\n`);
    const { markdown, bars } = await parts[name](settings, { ...postgres, createDatabase });
    report.push(markdown);
    console.log(`\n${markdown}`);
    if (bars && options.includes("--save")) {
      writeFileSync(path.join(ROOT, "docs", "benchmarks.svg"), plot(bars));
    }
  }
} finally {
  await postgres.stop();
}
if (options.includes("--save")) saveReport(report.join("\n\n"));
