import { ClientSecret } from "../../clients/client-secret.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const secretOld: DataCheck = {
  id: "secret-old",
  level: "WARNING",
  target: "client",
  what: "A secret has not been rotated for a year",
  why: "People and programs that know it have come and gone.",
  whatToDo: "Rotate it with an overlap or in stages, so that the client is never without a secret.",
  docs: "rotating-secrets.md#find-old-secrets",
  find: rows({
    entity: ClientSecret,
    id: "clientId",
    orderBy: "createdAt",
    where: ({ now }) => [
      `target.status = 'CURRENT' AND target.createdAt < :before AND ${isActiveClient("clientId")}`,
      { before: daysFrom(now, -365), now },
    ],
    rest: ({ createdAt }) => `has had its secret since ${dayOf(createdAt)}`,
  }),
};
