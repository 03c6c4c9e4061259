import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileWorkloadUnconditional: DataCheck = {
  id: "profile-workload-unconditional",
  level: "ERROR",
  target: "profile",
  what: "Any token of an issuer gets a client's tokens",
  why: "Issuers such as GitHub Actions sign tokens for everybody's jobs; the audience is no secret.",
  whatToDo: "Add `claimConditions` on what names your jobs, such as `sub`.",
  docs: "workloads.md#1-create-a-client-and-a-profile",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: () => ["target.clientId IS NOT NULL AND target.claimConditions = '[]'"],
    rest: ({ issuer, clientId }) => `accepts every token of ${issuer} for ${clientId}`,
  }),
};
