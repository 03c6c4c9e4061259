import { Api } from "../../apis/api.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const apiUnused: DataCheck = {
  id: "api-unused",
  level: "NOTICE",
  target: "api",
  what: "No client has been granted an API for 30 days",
  why: "It was forgotten, or its services accept tokens that are not for it.",
  whatToDo: "Grant it to a client, or delete it.",
  docs: "apis-and-grants.md#create-an-api",
  find: rows({
    entity: Api,
    id: "apiId",
    where: ({ now }) => [
      `target.createdAt < :before AND NOT EXISTS (
        SELECT 1 FROM client_grants AS client_grant WHERE client_grant.api_id = target.apiId)`,
      { before: daysFrom(now, -30) },
    ],
    rest: ({ createdAt }) => `was made on ${dayOf(createdAt)}, and no client has a grant`,
  }),
};
