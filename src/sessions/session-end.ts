import type { SessionLimits } from "../projects/session-limits.js";
import { secondsFrom } from "../shared/clock.js";
import { badUserInput } from "../shared/errors.js";

const DEFAULT_SESSION_DURATION_MINUTES = 60;

/** What the end of a session depends on. */
export interface SessionAge {
  authenticatedAt: Date;
  /** End of the session, or of the parent of one that is about to start; null: it has neither. */
  expiresAt: Date | null;
}

/**
 * The end of a session that a call starts or extends. A present end beyond the age stays reachable: limits may
 * have been lowered since it was set.
 * @param minutes the duration that the call asks for; absent: the default
 * @throws BAD_USER_INPUT for a duration above the maximum
 */
export function sessionEnd(
  now: Date,
  { authenticatedAt, expiresAt }: SessionAge,
  { durationMinutes, ageMinutes }: SessionLimits,
  minutes: number | null | undefined,
): Date {
  if (minutes && minutes > durationMinutes) {
    throw badUserInput(
      ["input", "sessionDurationMinutes"],
      `Must be at most ${durationMinutes} minutes, the maximum of the project or the profile for this caller`,
    );
  }
  const duration = minutes ?? Math.min(DEFAULT_SESSION_DURATION_MINUTES, durationMinutes);
  const lastEnd = latest(minutesFrom(authenticatedAt, ageMinutes), expiresAt ?? authenticatedAt);
  return earliest(minutesFrom(now, duration), lastEnd);
}

export function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function earliest(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function minutesFrom(date: Date, minutes: number): Date {
  return secondsFrom(date, minutes * 60);
}
