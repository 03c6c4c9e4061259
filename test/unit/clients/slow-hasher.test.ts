import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { SlowHasher } from "../../../src/clients/slow-hasher.js";

test("where no thread starts, those who wait for one hear of it, and the next one may start", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-"));
  const program = path.join(directory, "worker.mjs");
  const broken = new SlowHasher({ program: pathToFileURL(program).href });
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

test("a secret is hashed with bcrypt of cost 10, and a missing hash fits none", async () => {
  const hasher = new SlowHasher();
  try {
    expect(await hasher.hash("a secret")).toMatch(/^bcrypt-sha256\$\$2b\$10\$/);
    expect(await hasher.verify("a secret", null)).toBe(false);
  } finally {
    await hasher.close();
  }
});
