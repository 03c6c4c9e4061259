import { ManagementKey } from "../../projects/management-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const managementKeyUnused: DataCheck = {
  id: "management-key-unused",
  level: "WARNING",
  target: "managementKey",
  what: "A management key has not been used for 90 days",
  why: "Nobody would notice a stranger who uses it.",
  whatToDo: "Delete it. Dismiss this for the spare key that you keep in a safe.",
  docs: "management-keys.md",
  find: rows({
    entity: ManagementKey,
    id: "managementKeyId",
    where: ({ now }) => [
      "COALESCE(target.lastUsedAt, target.createdAt) < :before AND (target.expiresAt IS NULL OR target.expiresAt > :now)",
      { before: daysFrom(now, -90), now },
    ],
    rest: ({ lastUsedAt, createdAt }) =>
      lastUsedAt
        ? `was last used on ${dayOf(lastUsedAt)}`
        : `was made on ${dayOf(createdAt)} and never used`,
  }),
};
