import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../../support/test-server.js";

const SDK = path.dirname(fileURLToPath(import.meta.resolve("@countersign/sdk/package.json")));
const BIN = path.join(SDK, "bin/countersign-typegen.js");

interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command in a process of its own, with these environment variables alone. */
export async function runTypegen(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  folder: string,
): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env });
  const written = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    written.stderr += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  return { exitCode, ...written };
}

export function environmentOf(server: TestServer, secret = server.managementSecret) {
  return {
    COUNTERSIGN_URL: server.url,
    COUNTERSIGN_PROJECT_ID: server.projectId,
    COUNTERSIGN_SECRET: secret,
  };
}

/** A new folder, and how to remove it. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-typegen-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
