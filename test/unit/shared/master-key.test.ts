import { describe, expect, test } from "@jest/globals";
import { MasterKeyRing } from "../../../src/shared/master-key.js";

const key = (byte: number) => new Uint8Array(32).fill(byte);

describe("master keys", () => {
  test("unseal what they have sealed, with a different ciphertext each time", async () => {
    const ring = new MasterKeyRing([key(1)]);
    const sealed = await ring.seal("private");
    expect(sealed).not.toContain("private");
    expect(await ring.seal("private")).not.toBe(sealed);
    expect(await ring.unseal(sealed)).toBe("private");
  });

  test("can be rotated: the first key seals, every key unseals", async () => {
    const before = await new MasterKeyRing([key(1)]).seal("private");
    const both = new MasterKeyRing([key(2), key(1)]);
    expect(await both.unseal(before)).toBe("private");
    const after = await both.seal("private");
    expect(await new MasterKeyRing([key(2)]).unseal(after)).toBe("private");
    await expect(new MasterKeyRing([key(1)]).unseal(after)).rejects.toThrow(
      "sealed with another master key",
    );
  });

  test("refuse a tampered ciphertext", async () => {
    const ring = new MasterKeyRing([key(1)]);
    const parts = (await ring.seal("private")).split(".");
    parts[3] = `${parts[3]?.startsWith("A") ? "B" : "A"}${parts[3]?.slice(1)}`;
    await expect(ring.unseal(parts.join("."))).rejects.toThrow();
  });

  test("give equal texts equal fingerprints, which differ between keys", () => {
    const ring = new MasterKeyRing([key(1)]);
    expect(ring.fingerprint("a")).toBe(ring.fingerprint("a"));
    expect(ring.fingerprint("a")).not.toBe(ring.fingerprint("b"));
    expect(new MasterKeyRing([key(2)]).fingerprint("a")).not.toBe(ring.fingerprint("a"));
  });
});
