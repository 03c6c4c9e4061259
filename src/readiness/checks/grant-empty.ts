import { ClientGrant } from "../../client-grants/client-grant.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const grantEmpty: DataCheck = {
  id: "grant-empty",
  level: "NOTICE",
  target: "clientGrant",
  what: "A grant gives no scope",
  why: "The client gets tokens for the API, which allow nothing: or the API does not look at scopes.",
  whatToDo: "Grant a scope, or delete the grant.",
  docs: "apis-and-grants.md#grant-a-client-some-of-its-scopes",
  find: rows({
    entity: ClientGrant,
    id: "clientGrantId",
    where: () => [
      `target.scopes = '[]' AND NOT target.allScopes AND EXISTS (
        SELECT 1 FROM apis AS api WHERE api.api_id = target.apiId AND api.scopes <> '[]')`,
    ],
    rest: ({ clientId, apiId }) => `gives ${clientId} no scope of ${apiId}`,
  }),
};
