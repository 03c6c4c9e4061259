import { ManagementKey } from "../../projects/management-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const managementKeyExpiring: DataCheck = {
  id: "management-key-expiring",
  level: "ERROR",
  target: "managementKey",
  what: "A management key ends within two weeks",
  why: "The backend that uses it is refused afterwards.",
  whatToDo: "Make another key, give it to the backend, and delete this one.",
  docs: "management-keys.md",
  find: rows({
    entity: ManagementKey,
    id: "managementKeyId",
    where: ({ now }) => [
      "target.expiresAt > :now AND target.expiresAt <= :soon",
      { now, soon: daysFrom(now, 14) },
    ],
    rest: ({ expiresAt }) => `ends on ${dayOf(expiresAt)}`,
  }),
};
