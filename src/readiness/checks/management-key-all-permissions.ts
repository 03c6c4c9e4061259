import { ManagementKey } from "../../projects/management-key.entity.js";
import { PROJECT_PERMISSIONS } from "../../shared/permissions.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { each } from "../listed-findings.js";

export const managementKeyAllPermissions: DataCheck = {
  id: "management-key-all-permissions",
  level: "WARNING",
  target: "managementKey",
  what: "A key with all permissions is in everyday use",
  why: "What uses it can delete every client, and so can whoever reads its configuration.",
  whatToDo:
    "Give each backend a key with the permissions that it needs, and keep this one in a safe.",
  docs: "management-keys.md",
  find: each({
    entity: ManagementKey,
    id: "managementKeyId",
    rest: ({ permissions, createdAt, lastUsedAt, expiresAt }, { now }) => {
      const isInUse = lastUsedAt !== null && lastUsedAt > daysFrom(now, -7);
      // During the first week it sets the project up.
      const isNew = createdAt > daysFrom(now, -7);
      const hasEnded = expiresAt !== null && expiresAt <= now;
      const hasAll = PROJECT_PERMISSIONS.every((permission) => permissions.includes(permission));
      return hasAll && isInUse && !isNew && !hasEnded
        ? `has all permissions, and was used on ${dayOf(lastUsedAt)}`
        : null;
    },
  }),
};
