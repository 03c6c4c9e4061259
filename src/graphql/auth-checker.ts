import type { AuthCheckerFn } from "type-graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { assertPermitted } from "../shared/caller.js";
import { OF_THE_OBJECT, OWN_CREDENTIALS, PUBLIC, type Requirement } from "../shared/permissions.js";

/**
 * Checks the permissions that `@Authorized` states for an operation or field before its resolver runs.
 * Services assert their permissions too.
 * @throws UNAUTHENTICATED, FORBIDDEN
 */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = async (
  { context },
  requirements,
) => {
  for (const requirement of requirements) {
    if (requirement === OWN_CREDENTIALS || requirement === PUBLIC) continue;
    const caller = await context.authenticate();
    if (requirement !== OF_THE_OBJECT) assertPermitted(caller, requirement);
  }
  return true;
};
