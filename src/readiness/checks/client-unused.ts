import { Client } from "../../clients/client.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const clientUnused: DataCheck = {
  id: "client-unused",
  level: "NOTICE",
  target: "client",
  what: "A client has not been used for 90 days",
  why: "Nobody would notice a stranger who uses it.",
  whatToDo: "Ask its owner; then deactivate it, and delete it later.",
  docs: "finding-clients.md#which-clients-were-never-used-or-not-for-a-long-time",
  find: rows({
    entity: Client,
    id: "clientId",
    orderBy: "lastUsedAt",
    where: ({ now }) => [
      "target.lastUsedAt < :before AND target.status = 'ACTIVE' AND (target.expiresAt IS NULL OR target.expiresAt > :now)",
      { before: daysFrom(now, -90), now },
    ],
    rest: ({ lastUsedAt }) => `was last used on ${dayOf(lastUsedAt)}`,
  }),
};
