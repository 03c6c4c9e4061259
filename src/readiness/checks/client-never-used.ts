import { Client } from "../../clients/client.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const clientNeverUsed: DataCheck = {
  id: "client-never-used",
  level: "NOTICE",
  target: "client",
  what: "A client has not been used since it was made 30 days ago",
  why: "Its secret lies somewhere, and nobody misses it.",
  whatToDo: "Ask its owner; then delete it.",
  docs: "finding-clients.md#which-clients-were-never-used-or-not-for-a-long-time",
  find: rows({
    entity: Client,
    id: "clientId",
    // COALESCE keeps SQLite from an index that nearly every row is in.
    where: ({ now }) => [
      "target.lastUsedAt IS NULL AND COALESCE(target.createdAt, target.updatedAt) < :before AND target.status = 'ACTIVE' AND (target.expiresAt IS NULL OR target.expiresAt > :now)",
      { before: daysFrom(now, -30), now },
    ],
    rest: ({ createdAt }) => `was made on ${dayOf(createdAt)} and never used`,
  }),
};
