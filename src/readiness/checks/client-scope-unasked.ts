import { Client } from "../../clients/client.entity.js";
import type { DataCheck } from "../check.js";
import { rows } from "../row-findings.js";
import { hasUnaskedScope } from "../unasked-scopes.js";

export const clientScopeUnasked: DataCheck = {
  id: "client-scope-unasked",
  level: "NOTICE",
  target: "client",
  what: "A client has scopes of the project that it has not asked for within 90 days",
  why: "Whoever steals its secret can ask for them.",
  whatToDo: "Take them from the client: its `scopeUses` tell when each was last asked for.",
  docs: "finding-clients.md",
  find: rows({
    entity: Client,
    id: "clientId",
    where: (scope) =>
      hasUnaskedScope(scope, {
        table: "clients",
        id: "client_id",
        audience: "target.project_id",
      }),
    rest: () => "has scopes that it has not asked for within 90 days",
  }),
};
