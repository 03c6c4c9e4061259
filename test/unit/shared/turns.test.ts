import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, jest, test } from "@jest/globals";

const rest = jest.fn((_ms: number) => setTimeout(1));
jest.unstable_mockModule("node:timers/promises", () => ({ setImmediate, setTimeout: rest }));
const { takeTurn } = await import("../../../src/shared/turns.js");

describe("turns", () => {
  afterEach(() => {
    jest.restoreAllMocks();
    rest.mockClear();
  });

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

  /** Whose work takes so long by the clock, however busy the machine is. */
  const turns = async (count: number, milliseconds: number) => {
    let now = performance.eventLoopUtilization().active;
    const active = () => ({ active: now, idle: 0, utilization: 1 });
    jest.spyOn(performance, "eventLoopUtilization").mockImplementation(active);
    const turn = async () => {
      await takeTurn();
      now += milliseconds;
    };
    await Promise.all(Array.from({ length: count }, turn));
  };

  test("are followed by a rest", async () => {
    await turns(20, 0.5);
    expect(rest.mock.calls.length).toBeGreaterThanOrEqual(19);
  });

  test("of next to no work follow each other without one", async () => {
    await turns(1000, 0.001);
    expect(rest.mock.calls.length).toBeLessThan(10);
  });
});
