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
    if (date) observeClock(observations, "CLOCK_DIFFERS", clock.now(), date);
  };
}

const OTHER_CLOCKS = {
  CLOCK_DIFFERS: "the clocks of other servers",
  DATABASE_CLOCK_DIFFERS: "the clock of the database",
};

/** @param date what the other clock shows */
export function observeClock(
  observations: Pick<Observations, "record">,
  kind: keyof typeof OTHER_CLOCKS,
  now: Date,
  date: Date,
): void {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  const isOff = Math.abs(seconds) > MAX_DIFFERENCE_SECONDS;
  const minutes = Math.round(Math.abs(seconds) / 60);
  observations.record(
    kind,
    hostname(),
    isOff ? `is ${minutes} min ${seconds > 0 ? "ahead of" : "behind"} ${OTHER_CLOCKS[kind]}` : null,
  );
}
