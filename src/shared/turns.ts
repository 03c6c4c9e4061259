import { setImmediate, setTimeout } from "node:timers/promises";

/** Items that are made in one turn: a millisecond's work or so. */
export const PORTION = 50;
/** With the one that tells whether more follow, so that a page of a portion is fetched at once. */
export const ROWS_AT_ONCE = PORTION + 1;

/** Work of turns before a rest; short ones shall not make those behind them wait for rests. */
const WORK_MS = 0.3;

let next: Promise<void> = Promise.resolve();
let workedMs = 0;

/**
 * Long answers are made a portion at a time. Of all that are under way one gets a turn, and after each
 * turn with work worth mentioning the process rests for a millisecond: tokens that others wait for come
 * between.
 */
export function takeTurn(): Promise<void> {
  const mine = next;
  next = mine.then(rest);
  return mine;
}

async function rest(): Promise<void> {
  const startedAt = performance.now();
  // after the turn's work, which is in microtasks (but rows of PostgreSQL, which come when they come),
  await afterMicrotasks();
  workedMs += performance.now() - startedAt;
  await setImmediate();
  if (workedMs < WORK_MS) return;
  workedMs = 0;
  await setTimeout(1);
  // and a look at the sockets, which timers that are due already would put off
  await setImmediate();
}

const afterMicrotasks = () => new Promise<void>((resolve) => process.nextTick(resolve));

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
