import { ClientGrant } from "../../client-grants/client-grant.entity.js";
import type { DataCheck } from "../check.js";
import { rows } from "../row-findings.js";
import { hasUnaskedScope } from "../unasked-scopes.js";

const AUDIENCE = "(SELECT api.identifier FROM apis AS api WHERE api.api_id = target.api_id)";

export const grantScopeUnasked: DataCheck = {
  id: "grant-scope-unasked",
  level: "NOTICE",
  target: "clientGrant",
  what: "A client has scopes of an API that it has not asked for within 90 days",
  why: "Whoever steals its secret can ask for them.",
  whatToDo: "Take them from the grant: its `scopeUses` tell when each was last asked for.",
  docs: "finding-clients.md",
  find: rows({
    entity: ClientGrant,
    id: "clientGrantId",
    where: (scope) =>
      hasUnaskedScope(scope, {
        table: "client_grants",
        id: "client_grant_id",
        audience: AUDIENCE,
      }),
    rest: ({ clientId, apiId }) =>
      `gives ${clientId} scopes of ${apiId} that it has not asked for within 90 days`,
  }),
};
