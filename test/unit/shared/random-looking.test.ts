import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { newId } from "../../../src/shared/ids.js";
import { looksRandom } from "../../../src/shared/random-looking.js";

test.each([
  "https://api.example.com/v2/orders",
  "urn:example:api:2024-05-01",
  "api://default",
  "read:users",
  "https://graph.microsoft.com/DeviceManagementManagedDevices.PrivilegedOperations.All",
  "s3:GetObjectV2",
  newId("project"),
])("%s is shown", (text) => {
  expect(looksRandom(text)).toBe(false);
});

test.each([
  "Zq8vLr3MARKER4f0axTy",
  "f47ac10b-58cc-4372-a567-0e02b2c3d479",
  "a1-b2-c3-d4-e5",
  "https://api.example.com/Zq8vLr3kQ7vT9xW2pL5",
  "client_secret=Zq8vLr3kQ7vT9xW2pL5",
  "4321098765432109b",
  "correct horse battery staple!",
  "z_tZ9VwFZqApmIQ-ZH1I5pLkQ7v",
])("%s is hidden", (text) => {
  expect(looksRandom(text)).toBe(true);
});

test("random bytes in hexadecimal digits are hidden", () => {
  for (let round = 0; round < 200; round++) {
    expect(looksRandom(randomBytes(32).toString("hex"))).toBe(true);
  }
});

test("costs little for a long text", () => {
  const start = process.cpuUsage();
  for (const text of ["a", "1", "a1-", "aaaaaaaaaaaaaaa-"]) looksRandom(text.repeat(20_000));
  expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
});
