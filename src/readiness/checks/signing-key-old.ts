import { SigningKey } from "../../signing-keys/signing-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

const MAX_AGE_DAYS = 365;

export const signingKeyOld: DataCheck = {
  id: "signing-key-old",
  level: "WARNING",
  target: "signingKey",
  what: "A signing key is older than a year",
  why: "The longer a key signs, the more backups hold it, and the less a rotation is practised.",
  whatToDo: "Rotate it, and set `signingKeyRotationDays` of the project.",
  docs: "signing-keys.md#rotate-on-a-schedule",
  find: rows({
    entity: SigningKey,
    id: "kid",
    where: ({ now }) => [
      "target.status = 'CURRENT' AND target.activatedAt < :before",
      { before: daysFrom(now, -MAX_AGE_DAYS) },
    ],
    rest: ({ activatedAt }) => `has signed since ${dayOf(activatedAt)}`,
  }),
};
