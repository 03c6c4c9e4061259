import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "@jest/globals";

/** Writes a line to the log and exits when its input ends. */
const PROGRAM = `
  const { batchedStandardOutput } = await import("./dist/src/log-stream.js");
  const log = batchedStandardOutput();
  process.stdin.on("end", () => {
    log.write("the last line\\n");
    process.exit(0);
  });
  process.stdin.resume();
`;

test("a process exits even if the reader of its log is gone", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});

test("a process writes its whole log before it exits", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM]);
  let log = "";
  child.stdout.on("data", (chunk) => {
    log += chunk;
  });
  child.stdin.end();
  expect(await once(child, "close")).toEqual([0, null]);
  expect(log).toBe("the last line\n");
});
