import { z } from "zod";
import type { Caller } from "../shared/caller.js";
import type { Project } from "./project.entity.js";

/** 366 days, the limit of every setting, and of callers with `sessions:write` where nothing is set. */
const LONGEST_MINUTES = 527_040;
/** 30 days, for all other callers where nothing is set (ADR 0022). */
const LONGEST_MINUTES_OF_MEMBERS = 43_200;

export const sessionMinutes = z
  .number()
  .int()
  .min(5, "Must be at least 5 minutes")
  .max(LONGEST_MINUTES, `Must be at most ${LONGEST_MINUTES} minutes (366 days)`);

export interface SessionLimits {
  /** Longest duration, from now, that one call may set. */
  durationMinutes: number;
  /** Longest time from the first authentication to the end. */
  ageMinutes: number;
}

/**
 * What is set holds for every caller; only what is not set differs between them.
 * @param maximumDurationMinutes the maximum of the session's profiles
 */
export function sessionLimits(
  project: Pick<Project, "maximumSessionDurationMinutes" | "maximumSessionAgeMinutes">,
  caller: Pick<Caller, "permissions">,
  maximumDurationMinutes: number | null,
): SessionLimits {
  const unset = caller.permissions.has("sessions:write")
    ? LONGEST_MINUTES
    : LONGEST_MINUTES_OF_MEMBERS;
  const durationMinutes = Math.min(
    project.maximumSessionDurationMinutes ?? unset,
    maximumDurationMinutes ?? LONGEST_MINUTES,
  );
  return { durationMinutes, ageMinutes: project.maximumSessionAgeMinutes ?? unset };
}
