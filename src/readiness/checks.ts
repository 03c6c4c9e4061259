import { CHECK_LEVELS, type CheckDescription } from "./check.js";
import { DATA_CHECKS } from "./data-checks.js";
import { HOST_CHECKS } from "./host-checks.js";

/** Every check, the most urgent first. */
export const CHECKS: readonly CheckDescription[] = CHECK_LEVELS.flatMap((level) =>
  [...DATA_CHECKS, ...HOST_CHECKS]
    .filter((check) => check.level === level)
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
);
