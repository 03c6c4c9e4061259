import { Client } from "../../clients/client.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const clientEnded: DataCheck = {
  id: "client-ended",
  level: "NOTICE",
  target: "client",
  what: "A client ended more than 30 days ago",
  why: "Its grants and secrets would be valid again with a later `expiresAt`.",
  whatToDo: "Delete it.",
  docs: "finding-clients.md#which-clients-may-call-an-api-and-which-end-soon",
  find: rows({
    entity: Client,
    id: "clientId",
    orderBy: "expiresAt",
    where: ({ now }) => ["target.expiresAt <= :before", { before: daysFrom(now, -30) }],
    rest: ({ expiresAt }) => `ended on ${dayOf(expiresAt)}`,
  }),
};
