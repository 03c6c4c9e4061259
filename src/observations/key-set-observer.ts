import { hostname } from "node:os";
import type { Clock } from "../shared/clock.js";
import type { Observations } from "./observations.js";

/** Answers take seconds, and a cache on the way may not say how old they are. */
const MAX_DIFFERENCE_SECONDS = 60;

/** Records which key sets fail, and whether the clocks of their servers agree with this one. */
export function observeKeySets(observations: Pick<Observations, "record">, clock: Clock) {
  return ({
    owner,
    failure,
    date,
  }: {
    owner: string;
    failure: string | null;
    date: Date | null;
  }) => {
    observations.record("KEY_SET_UNAVAILABLE", owner, failure);
    if (date) observeClock(observations, "another server", clock.now(), date);
  };
}

/** @param other whose clock shows `date` */
export function observeClock(
  observations: Pick<Observations, "record">,
  other: string,
  now: Date,
  date: Date,
): void {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  const isOff = Math.abs(seconds) > MAX_DIFFERENCE_SECONDS;
  const minutes = Math.round(Math.abs(seconds) / 60);
  observations.record(
    "CLOCK_DIFFERS",
    hostname(),
    isOff ? `is ${minutes} min ${seconds > 0 ? "ahead of" : "behind"} that of ${other}` : null,
  );
}
