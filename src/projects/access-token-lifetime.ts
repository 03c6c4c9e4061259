import { z } from "zod";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { badUserInput } from "../shared/errors.js";
import { Project } from "./project.entity.js";

export const DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS = 3600;
/** The maximum of a new project: a day. */
export const DEFAULT_MAXIMUM_LIFETIME_SECONDS = 86_400;

export const accessTokenLifetimeSeconds = z
  .number()
  .int()
  .min(60, "Must be at least 60 seconds")
  .max(2_592_000, "Must be at most 2592000 seconds (30 days)");

/**
 * Checks a lifetime that is about to be stored. Must be called within a unit of work: until its commit,
 * nobody can lower the project's maximum.
 * @param seconds absent: there is nothing to check
 * @throws BAD_USER_INPUT
 */
export async function assertLifetimeAllowed(
  unitOfWork: UnitOfWork,
  projectId: string,
  seconds: number | null | undefined,
): Promise<void> {
  if (seconds === null || seconds === undefined) return;
  const project = await unitOfWork.findForShare(Project, { projectId });
  if (project) assertWithinMaximum(project.maximumAccessTokenLifetimeSeconds, seconds);
}

export interface WithLifetime {
  accessTokenLifetimeSeconds: number | null;
}

/** @param owners from the most specific one to the project, which always has a lifetime */
export function mostSpecificLifetime(
  ...owners: [...WithLifetime[], Pick<Project, "accessTokenLifetimeSeconds">]
): number {
  const lifetimes = owners.map((owner) => owner.accessTokenLifetimeSeconds);
  return lifetimes.find((seconds) => seconds !== null) ?? 0;
}

/** @throws BAD_USER_INPUT */
export function assertWithinMaximum(maximum: number, seconds: number): void {
  if (seconds <= maximum) return;
  throw badUserInput(
    ["input", "accessTokenLifetimeSeconds"],
    `Must be at most ${maximum} seconds, the project's maximumAccessTokenLifetimeSeconds`,
  );
}
