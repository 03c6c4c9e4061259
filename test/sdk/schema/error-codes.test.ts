import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ERROR_CODES, isErrorCode } from "@countersign/sdk/schema";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../../support/left-out.js";
import { runProgram } from "../../support/run-program.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";

interface Language {
  name: string;
  /** The generated file, and its place beside the program. */
  constants: readonly [file: string, place: string];
  program: string;
  /** Tells whether the language is installed. */
  version: readonly [string, string];
  build?: readonly string[];
  run: readonly [string, ...string[]];
}

const languages: readonly Language[] = [
  {
    name: "Python",
    constants: ["countersign_errors.py", "countersign_errors.py"],
    program: "main.py",
    version: ["python3", "--version"],
    run: ["python3", "-B", "-W", "error", "main.py"],
  },
  {
    name: "Go",
    constants: ["countersign_errors.go", "countersign/countersign_errors.go"],
    program: "main.go",
    version: ["go", "version"],
    build: ["go", "build", "-o", "main", "."],
    run: ["./main"],
  },
  {
    name: "Java",
    constants: ["CountersignErrors.java", "countersign/CountersignErrors.java"],
    program: "Main.java",
    version: ["javac", "--version"],
    build: ["javac", "-Xlint:all", "-Werror", "Main.java", "countersign/CountersignErrors.java"],
    run: ["java", "Main"],
  },
  {
    name: "Rust",
    constants: ["countersign_errors.rs", "countersign_errors.rs"],
    program: "main.rs",
    version: ["rustc", "--version"],
    build: ["rustc", "--edition", "2021", "--deny", "warnings", "main.rs"],
    run: ["./main"],
  },
];

const UNKNOWN = "CODE_OF_A_NEWER_SERVER";

describe("the error codes of the SDK", () => {
  let server: TestServer;
  let meanings: { code: string; retryable: boolean; description: string }[];

  beforeAll(async () => {
    server = await startTestServer();
    const data = await server.anonymous.request("{ errorCodes { code retryable description } }");
    meanings = data.errorCodes;
  });

  afterAll(async () => {
    await server.stop();
  });

  test("are in TypeScript what the server says", () => {
    const known = Object.entries(ERROR_CODES).map(([code, meaning]) => ({ code, ...meaning }));
    expect(known).toEqual(meanings);
    expect([isErrorCode("CLIENT_NOT_FOUND"), isErrorCode(UNKNOWN)]).toEqual([true, false]);
    expect(isErrorCode("toString")).toBe(false);
  });

  for (const { name, constants, program, version, build, run } of languages) {
    describeUnlessMissing(missing(version), name, () => {
      test("has constants that say what the server says, and takes codes of a newer one", async () => {
        const folder = projectWith(constants, program);
        try {
          const execute = ([command, ...args]: readonly string[]) =>
            runProgram(command ?? "", args, {}, folder);
          if (build) await execute(build);
          const codes = [...meanings.map(({ code }) => code), UNKNOWN];
          const unknown = { code: UNKNOWN, retryable: false, description: "" };
          expect(JSON.parse(await execute([...run, ...codes]))).toEqual(
            [...meanings, unknown].map((meaning) => ({
              ...meaning,
              isClientNotFound: meaning.code === "CLIENT_NOT_FOUND",
            })),
          );
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
    });
  }
});

/** @returns a temporary folder with the program and the constants that it imports */
function projectWith([file, place]: Language["constants"], program: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "error-codes-"));
  mkdirSync(path.dirname(path.join(folder, place)), { recursive: true });
  copyFileSync(`sdk/schema/error-codes/${file}`, path.join(folder, place));
  copyFileSync(`test/sdk/schema/error-codes/${program}`, path.join(folder, program));
  writeFileSync(path.join(folder, "go.mod"), "module error-codes\n\ngo 1.21\n");
  return folder;
}

/** @returns what is missing; null: nothing */
function missing([command, option]: readonly [string, string]): string | null {
  try {
    execFileSync(command, [option], { stdio: "ignore" });
    return null;
  } catch {
    return `${command} is not installed`;
  }
}
