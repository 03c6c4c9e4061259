import { setTimeout } from "node:timers/promises";

/** Polls until the condition holds. If it never does, the test's time limit ends the test. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
}
