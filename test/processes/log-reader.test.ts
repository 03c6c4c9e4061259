import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Writes the lines that its arguments say to the log, and exits when its input ends. */
const PROGRAM = `
  import pino from "pino";
  const { batchedStandardOutput } = await import("./dist/src/log-stream.js");
  const log = pino({}, batchedStandardOutput({ isShared: false }));
  const [requests, errors] = process.argv.slice(1).map(Number);
  for (let number = 0; number < requests; number++) log.info({ number }, "a request".repeat(20));
  for (let number = 0; number < errors; number++) log.error({ number }, "an error");
  process.stderr.write("written");
  process.stdin.on("end", () => {
    log.info("the last line");
    process.exit(0);
  });
  process.stdin.resume();
`;

function start(requests: number, errors = 0): Child {
  const args = ["--input-type=module", "--eval", PROGRAM, String(requests), String(errors)];
  return spawn(process.execPath, args, { stdio: "pipe", timeout: 100_000, killSignal: "SIGKILL" });
}

interface Line {
  level: number;
  msg: string;
  number?: number;
  lost?: number;
}
const parse = (log: string) =>
  log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe("a process whose log", () => {
  test("has a reader that is gone exits", async () => {
    const child = start(100);
    const ended = once(child, "exit");
    child.stdout.destroy();
    await once(child.stdout, "close");
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  test("is read writes all of it before it exits", async () => {
    // Less than waits in memory.
    const child = start(4_000);
    child.stdin.end();
    const [[code], log] = await Promise.all([once(child, "exit"), text(child.stdout)]);
    expect(code).toBe(0);
    const lines = parse(log);
    expect(lines.at(-1)?.msg).toBe("the last line");
    expect(lines).toHaveLength(4_001);
  });

  test("is not read goes on, and counts the lines that it drops", async () => {
    const child = start(20_000, 100);
    // Nothing reads standard output yet.
    await once(child.stderr, "data");
    const log = text(child.stdout);
    let lines: Line[] = [];
    const ended = once(child, "exit");
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
    lines = parse(await log);
    const requests = lines.filter(({ msg }) => msg.startsWith("a request"));
    const errors = lines.filter(({ msg }) => msg === "an error");
    const numbers = requests.map(({ number }) => number as number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(errors).toHaveLength(100);
    const lost = lines.reduce((sum, line) => sum + (line.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    // The last line is written when there is no room yet.
    expect(requests.length + lost + Number(lines.some(({ msg }) => msg === "the last line"))).toBe(
      20_001,
    );
  });

  test("is never read exits", async () => {
    const child = start(20_000);
    const ended = once(child, "exit");
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });
});

/** Sends a hundred requests on one connection. @returns the number of answers with status 200 */
async function countAnswers(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const request = "GET /healthz HTTP/1.1\r\nHost: countersign\r\n";
  socket.write(`${request}\r\n`.repeat(99));
  socket.write(`${request}Connection: close\r\n\r\n`);
  return (await text(socket)).split("HTTP/1.1 200 OK").length - 1;
}

describe("a server whose log is not read", () => {
  let processes: ServerProcesses;

  beforeEach(async () => {
    processes = await serverProcesses();
  });

  afterEach(async () => {
    await processes.cleanUp();
  });

  test("answers requests, stops on SIGTERM, and reports what it dropped", async () => {
    const server = await processes.start();
    const resume = server.pauseOutput();
    // A pipe takes 64 KiB or more, and 1 MiB waits in memory. Each line has more than 150 bytes.
    for (let round = 0; round < 100; round++) expect(await countAnswers(server.url)).toBe(100);
    process.kill(server.pid, "SIGTERM");
    while (await fetch(`${server.url}/healthz`).catch(() => null));
    resume();
    expect(await server.ended).toBe(0);
    expect(server.output()).toMatch(/"lost":\d+,"msg":"the log was not read: lines were dropped"/);
  });
});
