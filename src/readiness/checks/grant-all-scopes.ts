import { ClientGrant } from "../../client-grants/client-grant.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const grantAllScopes: DataCheck = {
  id: "grant-all-scopes",
  level: "WARNING",
  target: "clientGrant",
  what: "A client is granted all scopes of an API, now and later",
  why: "A scope that the API adds next year is granted to it without anybody deciding so.",
  whatToDo: "Grant the scopes that it asks for.",
  docs: "apis-and-grants.md#grant-a-client-some-of-its-scopes",
  find: rows({
    entity: ClientGrant,
    id: "clientGrantId",
    where: () => ["target.allScopes"],
    rest: ({ clientId, apiId }) => `gives ${clientId} all scopes of ${apiId}`,
  }),
};
