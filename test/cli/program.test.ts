import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { VERSION } from "../../src/shared/version.js";
import { runCommand } from "../support/command-line.js";
import { startTestServer } from "../support/test-server.js";

describe("the command line", () => {
  test.each<[string, string[], number, RegExp]>([
    ["no command", [], 2, /^Usage: countersign/],
    ["an unknown command", ["destroy"], 2, /unknown command 'destroy'/],
    ["an unknown flag", ["serve", "--mok", "x"], 2, /unknown option '--mok'.*\n.*--mock/],
    ["an argument too many", ["recover-key", "now"], 2, /too many arguments/],
    ["a missing argument", ["restore"], 2, /missing required argument 'file'/],
    ["wrong settings", ["recover-key"], 2, /^The configuration has problems:\n- PORT: /],
  ])("refuses %s and says what to do", async (_title, args, exitCode, sentence) => {
    const result = await runCommand(args, args[0] === "recover-key" ? { PORT: "x" } : {});
    expect([result.exitCode, result.stdout]).toEqual([exitCode, ""]);
    expect(result.stderr).toMatch(sentence);
  });

  test("shows help with examples on standard output", async () => {
    const { exitCode, stdout, stderr } = await runCommand(["backup", "--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: countersign backup/);
    expect(stdout).toMatch(/Examples:\n {2}countersign backup --out countersign\.backup/);
  });

  test("tells its version, as the server does to an operator", async () => {
    const program = await promisify(execFile)("bin/countersign.js", ["--version"]);
    expect(program.stdout).toBe(`${VERSION}\n`);
    const server = await startTestServer();
    const query = "{ server { version } }";
    expect(await server.operator.request(query)).toEqual({ server: { version: VERSION } });
    const { errors } = await server.anonymous.send(query);
    expect(errors[0]?.extensions.code).toBe("UNAUTHENTICATED");
    await server.stop();
  });
});
