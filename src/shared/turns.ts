import { setImmediate, setTimeout } from "node:timers/promises";

/** Rows of a long page that are read, or answered, in one turn: half a millisecond's work or so. */
export const ROWS_PER_PART = 25;

/** Work before a rest; short turns shall not make those behind them wait for rests. */
const WORK_MS = 0.3;
/** A rest is so many times as long as the work before it, */
const REST_PER_WORK = 3;
/** at most. */
const MAX_REST_MS = 2;

let next: Promise<void> = Promise.resolve();
let activeMsAtRest = 0;

/**
 * Long answers are made a part at a time. Of all that are under way one gets a turn, and after each
 * turn with work worth mentioning the process rests for a moment: tokens that others wait for come
 * between.
 */
export function takeTurn(): Promise<void> {
  const mine = next;
  next = mine.then(rest);
  return mine;
}

async function rest(): Promise<void> {
  // after the turn's work, which is in microtasks
  await afterMicrotasks();
  await setImmediate();
  // whoever has worked: rows of PostgreSQL become entities between turns, when they come
  const workedMs = activeMs() - activeMsAtRest;
  if (workedMs < WORK_MS) return;
  await setTimeout(Math.min(Math.round(workedMs * REST_PER_WORK), MAX_REST_MS));
  // and a look at the sockets, which timers that are due already would put off
  await setImmediate();
  activeMsAtRest = activeMs();
}

const afterMicrotasks = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** For how long the event loop has not been waiting. */
const activeMs = () => performance.eventLoopUtilization().active;
