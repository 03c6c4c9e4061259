import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { Shell } from "../support/shell.js";

/** Commands of docs/operations/incidents.md, whose other blocks test/docs runs. */
const INCIDENTS = [
  "countersign recover-key",
  "export MASTER_KEY=$(openssl rand -base64 32)",
  "countersign recover-key --signing-keys",
  "countersign backup verify countersign.backup",
  "countersign restore countersign.backup",
];
const MASTER_KEY = Buffer.alloc(32, "k").toString("base64");

const home = mkdtempSync(path.join(tmpdir(), "countersign-guides-"));
const folder = path.join(home, "reader");
let processes: ServerProcesses;
let server: ServerProcess;
let shell: Shell;

async function run(code: string, changes: Record<string, string> = {}) {
  const PATH = `${home}:${process.env["PATH"]}`;
  const env = { PATH, DATA_DIR: processes.dataDir, DATABASE_URL: "", MASTER_KEY, ...changes };
  const { code: exitCode, output, errors } = await shell.run(code, env);
  expect([code, exitCode, errors.replace(/^.*Warning.*\n/gm, "")]).toEqual([code, 0, ""]);
  return output;
}

beforeAll(async () => {
  mkdirSync(folder);
  const program = `#!/bin/sh\nexec ${process.execPath} ${path.resolve("bin/countersign.js")} "$@"\n`;
  writeFileSync(path.join(home, "countersign"), program, { mode: 0o755 });
  shell = new Shell(home, folder);
  processes = await serverProcesses();
  server = await processes.start({ MASTER_KEY });
});

afterAll(async () => {
  await processes.cleanUp();
  rmSync(home, { recursive: true });
});

test("docs/operations/backing-up.md is done block by block", async () => {
  for (const { code } of blocksOf("docs/operations/backing-up.md", "sh")) {
    if (code.includes("countersign restore")) await server.end("SIGTERM");
    await run(code);
  }
});

test("docs/operations/incidents.md: after each command the server starts, also with a new master key", async () => {
  const blocks = blocksOf("docs/operations/incidents.md", "sh").map(({ code }) => code);
  expect(blocks.flatMap((code) => code.trim().split("\n"))).toEqual(INCIDENTS);
  const [recover = "", replace = "", restore = ""] = blocks;
  await run(recover);
  await run(restore);
  expect(await run(replace)).toMatch(/^Replaced \d+ signing keys/);
  const newKey = (await run('echo "$MASTER_KEY"', {})).trim();
  expect((await processes.expectStartFailure({ MASTER_KEY })).output).toMatch(/master key/i);
  const again = await processes.start({ MASTER_KEY: newKey });
  await again.end("SIGTERM");
});
