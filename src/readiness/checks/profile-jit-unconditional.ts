import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileJitUnconditional: DataCheck = {
  id: "profile-jit-unconditional",
  level: "WARNING",
  target: "profile",
  what: "A profile makes members of everybody whom an issuer knows",
  why: "With `canJitProvision`, no conditions and no organization, whoever can sign up there becomes a member here.",
  whatToDo: "Add `claimConditions`, name the profile's organization, or end `canJitProvision`.",
  docs: "sessions.md#restrict-who-gets-in",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: () => [
      "target.canJitProvision AND target.claimConditions = '[]' AND target.organizationId IS NULL",
    ],
    rest: ({ issuer }) => `makes a member of everybody whom ${issuer} knows`,
  }),
};
