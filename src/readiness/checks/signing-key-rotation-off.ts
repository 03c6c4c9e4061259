import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const signingKeyRotationOff: DataCheck = {
  id: "signing-key-rotation-off",
  level: "NOTICE",
  target: "project",
  what: "Signing keys are not rotated on a schedule",
  why: "A key that leaks unnoticed is good for ever, and verifiers that do not fetch the key set again are found in an emergency.",
  whatToDo: "Set `signingKeyRotationDays`, for instance to 90.",
  docs: "signing-keys.md#rotate-on-a-schedule",
  find: rows({
    entity: Project,
    id: "projectId",
    where: () => ["target.signingKeyRotationDays IS NULL AND target.environment = 'LIVE'"],
    rest: () => "rotates its signing keys only on request",
  }),
};
