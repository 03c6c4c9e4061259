import type { AuthCheckerFn } from "type-graphql";
import type { RequestContext } from "../shared/current-caller.js";
import { CountersignError } from "../shared/errors.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

/** Holds each root field to the permission that stands beside it. */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = async (
  { context },
  requirements,
) => {
  for (const requirement of requirements) {
    if (requirement === OWN_CREDENTIALS) continue;
    const caller = await context.authenticate();
    if (!caller.permissions.has(requirement)) {
      throw new CountersignError("FORBIDDEN", `Needs the permission ${requirement}`);
    }
  }
  return requirements.length > 0;
};
