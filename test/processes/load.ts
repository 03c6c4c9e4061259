import { setTimeout as sleep } from "node:timers/promises";

/** Otherwise they take all of the machine, and what is started meanwhile takes long to come. */
const PAUSE_MS = 10;

export type Load = ReturnType<typeof startLoad>;

/** Programs that ask again and again, each when it has its answer, until they are stopped. */
export function startLoad(programs: number, request: () => Promise<unknown>) {
  const failures: unknown[] = [];
  const waiting = new Set<() => void>();
  let answers = 0;
  let isOver = false;
  const program = async () => {
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
  const all = Promise.all(Array.from({ length: programs }, program));
  return {
    failures,
    /** Waits until so many more have been answered well. */
    waitForAnswers: (count: number) =>
      new Promise<void>((resolve) => {
        const enough = answers + count;
        const check = () => {
          if (answers < enough) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      }),
    /** How many were answered well. */
    stop: async () => {
      isOver = true;
      await all;
      return answers;
    },
  };
}
