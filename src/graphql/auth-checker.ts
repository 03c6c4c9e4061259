import type { AuthCheckerFn } from "type-graphql";
import { assertPermitted } from "../shared/caller.js";
import type { RequestContext } from "../shared/current-caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

/** Holds each root field to the permission that stands beside it. */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = async (
  { context },
  requirements,
) => {
  for (const requirement of requirements) {
    if (requirement === OWN_CREDENTIALS) continue;
    assertPermitted(await context.authenticate(), requirement);
  }
  return requirements.length > 0;
};
