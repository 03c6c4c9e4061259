import { ClientSecret } from "../../clients/client-secret.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const rotationUnfinished: DataCheck = {
  id: "rotation-unfinished",
  level: "NOTICE",
  target: "client",
  what: "A staged rotation has not been completed for 30 days",
  why: "Two secrets are valid, and perhaps nobody uses the new one.",
  whatToDo: "Complete the rotation, or cancel it.",
  docs: "rotating-secrets.md#in-stages",
  find: rows({
    entity: ClientSecret,
    id: "clientId",
    orderBy: "createdAt",
    where: ({ now }) => [
      "target.status = 'NEXT' AND target.createdAt < :before",
      { before: daysFrom(now, -30) },
    ],
    rest: ({ createdAt }) => `has had a next secret since ${dayOf(createdAt)}`,
  }),
};
