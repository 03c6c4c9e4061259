import type { Api } from "../apis/api.entity.js";
import { scopeMatcher } from "../shared/scopes.js";
import type { ClientGrant } from "./client-grant.entity.js";

/** The granted scopes that the API still defines, or a wildcard of its own covers. */
export function effectiveScopes(
  api: Pick<Api, "scopes">,
  grant: Pick<ClientGrant, "scopes" | "allScopes">,
): string[] {
  const defined = api.scopes.map((scope) => scope.value);
  return grant.allScopes ? defined : grant.scopes.filter(scopeMatcher(defined));
}
