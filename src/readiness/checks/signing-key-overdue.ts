import { SigningKey } from "../../signing-keys/signing-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

const GRACE_DAYS = 2;

export const signingKeyOverdue: DataCheck = {
  id: "signing-key-overdue",
  level: "ERROR",
  target: "signingKey",
  what: "A scheduled rotation of a signing key has not happened",
  why: "The housekeeping of the server fails, or has not run: other tasks wait too.",
  whatToDo: "Look for `housekeeping failed` in the log, or start the server.",
  docs: "signing-keys.md#rotate-on-a-schedule",
  find: rows({
    entity: SigningKey,
    id: "kid",
    where: ({ project, now }) => [
      "target.status = 'CURRENT' AND :days > 0 AND target.activatedAt < :before",
      {
        days: project.signingKeyRotationDays ?? 0,
        before: daysFrom(now, -(project.signingKeyRotationDays ?? 0) - GRACE_DAYS),
      },
    ],
    rest: ({ activatedAt }, { project }) =>
      `has signed since ${dayOf(activatedAt)}, and the project rotates keys after ${project.signingKeyRotationDays} days`,
  }),
};
