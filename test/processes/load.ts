import { setTimeout as sleep } from "node:timers/promises";

/** Without a pause, the load would take all CPU time and delay what the test starts. */
const PAUSE_MS = 10;

export type Load = ReturnType<typeof startLoad>;

/** Callers that repeat the request until they are stopped. */
export function startLoad(callers: number, request: () => Promise<unknown>) {
  const failures: unknown[] = [];
  const waiting = new Set<() => void>();
  let answers = 0;
  let isOver = false;
  const caller = async () => {
    while (!isOver) {
      try {
        await request();
        answers++;
      } catch (error) {
        failures.push(error);
      }
      for (const check of waiting) check();
      await sleep(PAUSE_MS);
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  return {
    failures,
    /** Waits until so many more requests have succeeded. */
    waitForAnswers: (count: number) =>
      new Promise<void>((resolve) => {
        const target = answers + count;
        const check = () => {
          if (answers < target) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      }),
    /** Stops the callers and returns how many requests succeeded. */
    stop: async () => {
      isOver = true;
      await all;
      return answers;
    },
  };
}
