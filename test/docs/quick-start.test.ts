import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { freePort } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { isLong } from "../support/property-runs.js";
import { runProgram } from "../support/run-program.js";
import { Shell } from "../support/shell.js";
import { waitUntil } from "../support/wait-until.js";
import { assertFilled, KnownValues } from "./known-values.js";
import { judge } from "./refusals.js";

const [FIRST, ...BLOCKS] = blocksOf("docs/quick-start.md", "sh");
const START = "npm ci && npm start\n";

/**
 * Only the long form fetches the packages: the short one takes those of this checkout, as hard links where the file
 * system allows them.
 */
const LINK = "{ cp -al $PACKAGES node_modules 2> /dev/null || cp -R $PACKAGES node_modules; }";
const startCommand = (code: string) => (isLong ? code : code.replace("npm ci", LINK));

const home = mkdtempSync(path.join(tmpdir(), "countersign-newcomer-"));
const checkout = path.join(home, "countersign");
let shell: Shell | undefined;
let server: ChildProcess | undefined;

afterAll(async () => {
  shell?.stop();
  if (server?.pid && server.exitCode === null) {
    const ended = once(server, "exit");
    process.kill(-server.pid);
    await ended;
  }
  rmSync(home, { recursive: true });
});

/** What a clone of this repository has, with the changes that are not committed. */
async function clone() {
  const files = await runProgram("git", ["ls-files", "-z", "-co", "--exclude-standard"]);
  for (const file of files.split("\0")) {
    if (file && existsSync(file)) cpSync(file, path.join(checkout, file));
  }
}

/** Starts the server as the page says. @returns what it has printed by the time it listens */
async function start(code: string, port: number): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, PORT: String(port), PACKAGES: path.resolve("node_modules") };
  const command = startCommand(code);
  server = spawn("bash", ["-c", command], { cwd: checkout, env, detached: true, stdio: "pipe" });
  let printed = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => {
      printed += chunk;
    });
  }
  await waitUntil(() => /Countersign listens on/.test(printed) || server?.exitCode !== null);
  if (server.exitCode !== null) throw new Error(`npm start has ended:\n${printed}`);
  return printed;
}

test("the quick start leads a newcomer to a protected call and through a rotation", async () => {
  const times: string[] = [];
  const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    const result = await work();
    times.push(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${step}`);
    return result;
  };
  const begin = performance.now();
  await timed("clone", clone);

  expect(FIRST?.code).toBe(START);
  const [port, apiPort] = [await freePort(), await freePort()];
  const banner = await timed(START.trim(), () => start(START, port));
  const known = new KnownValues();
  // A terminal shows the secret. Elsewhere it is in a file.
  known.learnFrom(`${banner} ${readFileSync(path.join(checkout, "data/management-secret"))}`);

  mkdirSync(path.join(home, "shell"));
  const terminal = new Shell(path.join(home, "shell"), checkout);
  shell = terminal;
  const environment = { PORT: String(apiPort), API_URL: `http://localhost:${apiPort}` };
  const servers = new Map([["node api.mjs &", apiPort]]);
  let output = "";
  for (const { code, line } of BLOCKS) {
    const filled = known
      .fill(code)
      .replaceAll("localhost:4000", `localhost:${port}`)
      .replaceAll("localhost:3000", `localhost:${apiPort}`);
    assertFilled(filled);
    const [first] = code.split("\n");
    const run = await timed(`line ${line}: ${first}`, () =>
      terminal.run(filled, environment, servers),
    );
    judge(code, run);
    known.learnFrom(run.output);
    output += run.output;
  }

  times.push(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  in all`);
  process.stderr.write(`The quick start${isLong ? "" : ", with packages that are there"}:\n`);
  process.stderr.write(`${times.join("\n")}\n`);
  expect(output.match(/2 orders are in report \d/g)).toHaveLength(3);
}, 600_000);
