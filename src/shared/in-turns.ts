import { setImmediate } from "node:timers/promises";

/** Items that are resolved in one go: a millisecond's work or so. */
const PORTION = 50;

/**
 * For a long list of a GraphQL answer: graphql-js waits for its items a portion at a time, so that
 * other requests get their turn between them.
 */
export function inTurns<T>(items: readonly T[]): (T | Promise<T>)[] {
  let turn: Promise<void> = Promise.resolve();
  return items.map((item, index) => {
    if (index < PORTION) return item;
    if (index % PORTION === 0) turn = turn.then(() => setImmediate());
    return turn.then(() => item);
  });
}
