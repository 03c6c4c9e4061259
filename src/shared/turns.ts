import { setImmediate, setTimeout } from "node:timers/promises";

/** Items that are made in one turn: a millisecond's work or so. */
export const PORTION = 50;
/** With the one that tells whether more follow, so that a page of a portion is fetched at once. */
export const ROWS_AT_ONCE = PORTION + 1;

/** How long turns may follow each other; short ones shall not make those behind them wait for rests. */
const WORK_MS = 1;

let next: Promise<void> = Promise.resolve();
let restedAt = 0;

/**
 * Long answers are made a portion at a time. Of all that are under way one gets a turn, and after a
 * millisecond's work the process rests for another: tokens that others wait for come between.
 */
export function takeTurn(): Promise<void> {
  const mine = next;
  next = mine.then(rest);
  return mine;
}

async function rest(): Promise<void> {
  // after the turn's work,
  await setImmediate();
  if (performance.now() - restedAt < WORK_MS) return;
  await setTimeout(1);
  // and a look at the sockets, which timers that are due already would put off
  await setImmediate();
  restedAt = performance.now();
}

/** Whether a list has more than goes into one turn. */
export function isLong(list: readonly unknown[]): boolean {
  return list.length > PORTION;
}

/** For a long list of a GraphQL answer: graphql-js waits for its items a portion at a time. */
export function inTurns<T>(items: readonly T[]): (T | Promise<T>)[] {
  let turn: Promise<void> = Promise.resolve();
  return items.map((item, index) => {
    if (index < PORTION) return item;
    if (index % PORTION === 0) turn = turn.then(takeTurn);
    return turn.then(() => item);
  });
}
