import { ClientSecret } from "../../clients/client-secret.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const overlapLong: DataCheck = {
  id: "overlap-long",
  level: "NOTICE",
  target: "client",
  what: "A former secret stays valid for more than 30 days",
  why: "The rotation has not ended what leaked or left with somebody.",
  whatToDo: "Revoke the previous secret once nobody uses it: `lastUsedAt` tells.",
  docs: "rotating-secrets.md#with-an-overlap",
  find: rows({
    entity: ClientSecret,
    id: "clientId",
    orderBy: "createdAt",
    where: ({ now }) => [
      "target.status = 'PREVIOUS' AND target.expiresAt > :late",
      { late: daysFrom(now, 30) },
    ],
    rest: ({ expiresAt }) => `keeps its previous secret until ${dayOf(expiresAt)}`,
  }),
};
