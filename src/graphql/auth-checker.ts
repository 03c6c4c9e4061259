import type { AuthCheckerFn } from "type-graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { assertPermitted } from "../shared/caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

/**
 * Holds the caller to what `@Authorized` states beside an operation or a field. Services assert their
 * permissions themselves; this answers before a resolver runs.
 * @throws UNAUTHENTICATED, FORBIDDEN
 */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = async (
  { context },
  requirements,
) => {
  for (const requirement of requirements) {
    if (requirement === OWN_CREDENTIALS) continue;
    assertPermitted(await context.authenticate(), requirement);
  }
  return true;
};
