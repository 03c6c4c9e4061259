import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileSessionUnlimited: DataCheck = {
  id: "profile-session-unlimited",
  level: "NOTICE",
  target: "profile",
  what: "A profile sets no maximum for its sessions, nor does its project",
  why: "A session outlives the account it came from, by up to a year.",
  whatToDo: "Set `maximumSessionDurationMinutes` of the profile or the project.",
  docs: "sessions.md#limit-how-long-sessions-last",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: ({ project }) => [
      "target.clientId IS NULL AND target.maximumSessionDurationMinutes IS NULL AND :maximum = 0",
      { maximum: project.maximumSessionDurationMinutes ?? 0 },
    ],
    rest: () => "sets no maximumSessionDurationMinutes",
  }),
};
