import { ManagementKey } from "../../projects/management-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const managementKeyEnded: DataCheck = {
  id: "management-key-ended",
  level: "NOTICE",
  target: "managementKey",
  what: "A management key ended more than 30 days ago",
  why: "It only hides the keys that count.",
  whatToDo: "Delete it.",
  docs: "management-keys.md",
  find: rows({
    entity: ManagementKey,
    id: "managementKeyId",
    where: ({ now }) => ["target.expiresAt <= :before", { before: daysFrom(now, -30) }],
    rest: ({ expiresAt }) => `ended on ${dayOf(expiresAt)}`,
  }),
};
