import { Client } from "../../clients/client.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const clientExpiring: DataCheck = {
  id: "client-expiring",
  level: "WARNING",
  target: "client",
  what: "A client ends within two weeks",
  why: "It gets no tokens afterwards, and those that it has are refused.",
  whatToDo: "Set a later `expiresAt`, or tell its owner.",
  docs: "finding-clients.md#which-clients-may-call-an-api-and-which-end-soon",
  find: rows({
    entity: Client,
    id: "clientId",
    orderBy: "expiresAt",
    where: ({ now }) => [
      "target.expiresAt > :now AND target.expiresAt <= :soon AND target.status = 'ACTIVE'",
      { now, soon: daysFrom(now, 14) },
    ],
    rest: ({ expiresAt }) => `ends on ${dayOf(expiresAt)}`,
  }),
};
