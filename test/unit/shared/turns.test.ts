import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { inTurns, PORTION, takeTurn } from "../../../src/shared/turns.js";

describe("turns", () => {
  test("go to one after another, and others come between", async () => {
    const seen: string[] = [];
    const work = async (name: string) => {
      for (const number of [1, 2]) {
        await takeTurn();
        seen.push(`${name}${number}`);
        const startedAt = performance.now();
        while (performance.now() - startedAt < 2);
      }
    };
    const other = async () => {
      while (!seen.includes("b2")) {
        await setImmediate();
        if (seen.at(-1) !== "other") seen.push("other");
      }
    };
    await Promise.all([work("a"), work("b"), other()]);
    expect(seen.filter((name) => name !== "other")).toEqual(["a1", "b1", "a2", "b2"]);
    expect(seen.join(" ")).toMatch(/a1 other b1 other a2/);
  });

  test("of next to no work follow each other without a rest", async () => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 2000 }, takeTurn));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test("make a short list at once, a long one a portion at a time and in order", async () => {
    const items = Array.from({ length: 2 * PORTION + 1 }, (_, index) => index);
    const short = items.slice(0, PORTION);
    expect(inTurns(short)).toEqual(short);
    const made: number[] = [];
    const turns = inTurns(items).map(async (item) => made.push(await item));
    await setImmediate();
    expect(made.length).toBeGreaterThanOrEqual(PORTION);
    expect(made.length).toBeLessThan(items.length);
    await Promise.all(turns);
    expect(made).toEqual(items);
  });
});
