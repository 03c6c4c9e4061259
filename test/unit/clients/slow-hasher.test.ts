import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "@jest/globals";
import { SlowHasher } from "../../../src/clients/slow-hasher.js";

const hasher = new SlowHasher();
afterAll(() => hasher.close());

// It depends on bcryptjs asking for the time after each round, which it nowhere promises.
test("a thread that hashes sleeps again and again on Linux", async () => {
  await hasher.hash("the first one starts the thread");
  const before = process.resourceUsage().voluntaryContextSwitches;
  await hasher.hash("the second one");
  const switches = process.resourceUsage().voluntaryContextSwitches - before;
  expect(switches > 50).toBe(process.platform === "linux");
});

test("where no thread starts, those who wait for one hear of it, and the next one may start", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-"));
  const program = path.join(directory, "worker.mjs");
  const broken = new SlowHasher(1, pathToFileURL(program).href);
  try {
    await writeFile(program, "no program");
    const secrets = ["one", "two", "three"];
    const waiting = secrets.map((secret) => broken.verify(secret, "stored"));
    const results = await Promise.allSettled(waiting);
    expect(results.map((one) => one.status)).toEqual(["rejected", "rejected", "rejected"]);
    await writeFile(program, "export default () => true;");
    expect(await broken.verify("four", "stored")).toBe(true);
  } finally {
    await broken.close();
    await rm(directory, { recursive: true });
  }
});
