import { expect, test } from "@jest/globals";
import { TaskObserver } from "../../../src/observations/task-observer.js";
import { FrozenClock } from "../../support/frozen-clock.js";

test("a task of the housekeeping counts as failing after ten minutes, until it succeeds", () => {
  const clock = new FrozenClock();
  const recorded: (string | null)[][] = [];
  const observer = new TaskObserver({ record: (...fact) => void recorded.push(fact) }, clock);
  observer.failed("a task");
  clock.advance(599);
  observer.failed("a task");
  observer.succeeded("another task");
  expect(recorded).toEqual([]);
  clock.advance(1);
  observer.failed("a task");
  observer.succeeded("a task");
  observer.succeeded("a task");
  expect(recorded).toEqual([
    ["HOUSEKEEPING_FAILS", "a task", expect.stringMatching(/^has failed since /)],
    ["HOUSEKEEPING_FAILS", "a task", null],
  ]);
});
