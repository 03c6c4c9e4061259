import type { AuthCheckerFn } from "type-graphql";
import { assertPermitted } from "../shared/caller.js";
import type { RequestContext } from "../shared/current-caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

/** Holds each root field to the permission that stands beside it. */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = (
  { context },
  requirements,
) => {
  const permissions = requirements.filter((one) => one !== OWN_CREDENTIALS);
  if (permissions.length === 0) return requirements.length > 0;
  return context.authenticate().then((caller) => {
    assertPermitted(caller, ...permissions);
    return true;
  });
};
