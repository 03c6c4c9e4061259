import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { SlowHasher } from "../../../src/clients/slow-hasher.js";

test("rejects all queued secrets if no thread starts, and can start one later", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-"));
  const program = path.join(directory, "worker.mjs");
  const hasher = new SlowHasher({ program: pathToFileURL(program).href });
  try {
    await writeFile(program, "no program");
    const secrets = ["one", "two", "three"];
    const waiting = secrets.map((secret) => hasher.verify(secret, "stored"));
    const results = await Promise.allSettled(waiting);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected", "rejected"]);
    await writeFile(program, "export default () => true;");
    expect(await hasher.verify("four", "stored")).toBe(true);
  } finally {
    await hasher.close();
    await rm(directory, { recursive: true });
  }
});

test("hashes with bcrypt of cost 10, and matches no secret without a hash", async () => {
  const hasher = new SlowHasher();
  try {
    expect(await hasher.hash("a secret")).toMatch(/^bcrypt-sha256\$\$2b\$10\$/);
    expect(await hasher.verify("a secret", null)).toBe(false);
  } finally {
    await hasher.close();
  }
});
