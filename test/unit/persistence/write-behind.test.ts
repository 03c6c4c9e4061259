import { describe, expect, test } from "@jest/globals";
import { WriteBehind } from "../../../src/persistence/write-behind.js";

describe("facts that are written behind", () => {
  const written: string[][] = [];
  let isUnavailable = false;
  const sum = (older: string, newer: string) => `${older}+${newer}`;
  const create = () =>
    new WriteBehind<string>(sum, async (facts) => {
      if (isUnavailable) throw new Error("the database is away");
      written.push(facts);
    });

  test("are merged by key and written once", async () => {
    written.length = 0;
    const facts = create();
    facts.add("b", "1");
    facts.add("a", "2");
    facts.add("b", "3");
    await facts.flush();
    await facts.flush();
    expect(written).toEqual([["2", "1+3"]]);
  });

  test("stay pending while the database is unavailable, before later facts", async () => {
    written.length = 0;
    const facts = create();
    facts.add("a", "1");
    isUnavailable = true;
    const flush = facts.flush();
    facts.add("a", "2");
    await expect(flush).rejects.toThrow("away");
    facts.add("a", "3");
    isUnavailable = false;
    await facts.flush();
    expect(written).toEqual([["1+2+3"]]);
  });

  test("stay pending when a write fails, also if they are added during the write", async () => {
    let isUnavailable = true;
    const stored: string[] = [];
    const facts = new WriteBehind<string>(sum, async (batch) => {
      if (!isUnavailable) return void stored.push(...batch);
      facts.add("a", "2");
      facts.add("b", "3");
      throw new Error("the database is away");
    });
    facts.add("a", "1");
    await expect(facts.flush()).rejects.toThrow("away");
    isUnavailable = false;
    await facts.flush();
    expect(stored).toEqual(["1+2", "3"]);
  });

  test("are not written again when only a later batch fails", async () => {
    let steps = 0;
    const stored: string[] = [];
    const facts = new WriteBehind<string>(sum, async (batch) => {
      if (++steps === 2) throw new Error("the database is away");
      stored.push(...batch);
    });
    const all = Array.from({ length: 1_200 }, (_, number) => String(number).padStart(4, "0"));
    for (const fact of all) facts.add(fact, fact);
    await expect(facts.flush()).rejects.toThrow("away");
    expect(stored).toEqual(all.slice(0, 500));
    await facts.flush();
    expect(stored).toEqual(all);
  });

  test("are dropped and counted beyond 50,000", async () => {
    written.length = 0;
    const facts = create();
    for (let number = 0; number < 50_010; number++) facts.add(`key ${number}`, "1");
    facts.add("key 7", "2");
    expect(facts.takeDropped()).toBe(10);
    expect(facts.takeDropped()).toBe(0);
    await facts.flush();
    expect(written.flat()).toHaveLength(50_000);
    expect(written.flat().filter((fact) => fact === "1+2")).toHaveLength(1);
    expect(Math.max(...written.map((batch) => batch.length))).toBe(500);
  });
});
