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
