import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { runProgram } from "../support/run-program.js";
import { Shell } from "../support/shell.js";

const PAGE = "docs/sdk/mock.md";
const FILE = "examples/mock/issuer.json";

const home = mkdtempSync(path.join(tmpdir(), "countersign-mock-page-"));
let mock: ChildProcess;
let port: string;
const here = (code: string) => code.replaceAll("localhost:4100", `localhost:${port}`);

beforeAll(async () => {
  mkdirSync(path.join(home, "reader"));
  port = String(await freePort());
  mock = spawn(process.execPath, ["bin/countersign.js", "serve", "--mock", FILE], {
    env: { PATH: process.env["PATH"], PORT: port },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(mock.stdout as NodeJS.ReadableStream, "data");
});

afterAll(async () => {
  mock.kill("SIGTERM");
  await once(mock, "close");
  rmSync(home, { recursive: true });
});

test("the file of the page is the example", () => {
  const [{ code } = { code: "" }] = blocksOf(PAGE, "json");
  expect(code).toBe(readFileSync(FILE, "utf8"));
});

test("each request of the page is answered", async () => {
  const shell = new Shell(home, path.join(home, "reader"));
  for (const { code } of blocksOf(PAGE, "sh")) {
    const { statuses, errors } = await shell.run(here(code));
    expect([errors, statuses.filter((status) => status >= 400)]).toEqual(["", []]);
    expect(statuses.length).toBeGreaterThan(0);
  }
});

test("the program of the page in Python gets a token", async () => {
  const [{ code } = { code: "" }] = blocksOf(PAGE, "python");
  expect(await runProgram("python3", ["-c", `${here(code)}\nprint(token)`])).toMatch(/^eyJ/);
});
