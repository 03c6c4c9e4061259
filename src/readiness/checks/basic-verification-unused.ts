import { MoreThan } from "typeorm";
import { AuditEvent } from "../../audit/audit-event.entity.js";
import { CLIENTS_VERIFIED } from "../../audit/audit-log.js";
import { Project } from "../../projects/project.entity.js";
import { type DataCheck, daysFrom } from "../check.js";
import { each } from "../listed-findings.js";

export const basicVerificationUnused: DataCheck = {
  id: "basic-verification-unused",
  level: "NOTICE",
  target: "project",
  what: "Secrets may be verified without a token, and nobody does",
  why: "With `allowBasicVerification`, a gateway's route tells whether a secret is right, without the delay of a token.",
  whatToDo: "Turn `allowBasicVerification` off.",
  docs: "gateways.md#http-basic",
  find: each({
    entity: Project,
    id: "projectId",
    rest: async ({ projectId, allowBasicVerification, updatedAt }, { read, now }) => {
      const since = daysFrom(now, -30);
      if (!allowBasicVerification || updatedAt > since) return null;
      const where = { projectId, action: CLIENTS_VERIFIED, occurredAt: MoreThan(since) };
      const isUsed = await read.existsBy(AuditEvent, where);
      return isUsed
        ? null
        : "allows HTTP Basic at its gateways, which has not been used for 30 days";
    },
  }),
};
