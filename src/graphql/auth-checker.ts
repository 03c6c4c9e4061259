import type { AuthCheckerFn } from "type-graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { assertPermittedAny } from "../shared/caller.js";
import { isPermission, OWN_CREDENTIALS, PUBLIC, type Requirement } from "../shared/permissions.js";

/**
 * Checks what `@Authorized` states for an operation or field before its resolver runs: one of several permissions
 * is enough.
 * Services assert their permissions too.
 * @throws UNAUTHENTICATED, FORBIDDEN
 */
export const authChecker: AuthCheckerFn<RequestContext, Requirement> = async (
  { context },
  requirements,
) => {
  if (requirements.some((one) => one === OWN_CREDENTIALS || one === PUBLIC)) return true;
  const caller = await context.authenticate();
  const [permission, ...others] = requirements.filter(isPermission);
  if (permission) assertPermittedAny(caller, permission, ...others);
  return true;
};
