import { ManagementKey } from "../../projects/management-key.entity.js";
import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { each } from "../listed-findings.js";

export const spareKeyMissing: DataCheck = {
  id: "spare-key-missing",
  level: "NOTICE",
  target: "project",
  what: "Only one management key can make others",
  why: "Without the last key that has `management_keys:write`, only whoever is on the host gets in: `countersign recover-key`.",
  whatToDo: "Make a second key with all permissions, and keep it in another place.",
  docs: "management-keys.md",
  find: each({
    entity: Project,
    id: "projectId",
    rest: async ({ projectId, isFirst }, { read, now }) => {
      if (!isFirst) return null;
      const keys = await read.findBy(ManagementKey, { projectId });
      const makers = keys.filter(
        ({ permissions, expiresAt }) =>
          permissions.includes("management_keys:write") && (!expiresAt || expiresAt > now),
      );
      return makers.length < 2 ? "has only one key with management_keys:write" : null;
    },
  }),
};
