import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileClientInactive: DataCheck = {
  id: "profile-client-inactive",
  level: "WARNING",
  target: "profile",
  what: "A profile's client is inactive or has ended",
  why: "Its jobs get no tokens.",
  whatToDo: "Activate the client, or delete it with the profile.",
  docs: "workloads.md",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: ({ now }) => [
      `target.clientId IS NOT NULL AND NOT ${isActiveClient("clientId")}`,
      { now },
    ],
    rest: ({ clientId }) => `is for ${clientId}, which gets no tokens`,
  }),
};
