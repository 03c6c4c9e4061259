import { setTimeout } from "node:timers/promises";

/** Waits in small steps; a test that waits in vain ends by its own time limit. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(5);
}
