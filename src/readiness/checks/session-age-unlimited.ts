import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const sessionAgeUnlimited: DataCheck = {
  id: "session-age-unlimited",
  level: "NOTICE",
  target: "project",
  what: "Sessions may last for a year",
  why: "Without `maximumSessionAgeMinutes`, a backend may extend a session for 366 days after its sign-in.",
  whatToDo: "Set `maximumSessionAgeMinutes` of the project to what its applications need.",
  docs: "sessions.md#limit-how-long-sessions-last",
  find: rows({
    entity: Project,
    id: "projectId",
    where: () => [
      `target.maximumSessionAgeMinutes IS NULL AND EXISTS (
        SELECT 1 FROM trusted_auth_profiles AS profile
          WHERE profile.project_id = target.projectId AND profile.client_id IS NULL)`,
    ],
    rest: () => "starts sessions and sets no maximum for their age",
  }),
};
