import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileKeySetHttp: DataCheck = {
  id: "profile-key-set-http",
  level: "ERROR",
  target: "profile",
  what: "A profile's keys are fetched over http",
  why: "Whoever is on the way can put in a key and sign in as anybody.",
  whatToDo: "Name the key set by its https URL.",
  docs: "attestation.md#without-a-preset",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: () => ["target.jwksUrl LIKE 'http:%'"],
    rest: ({ jwksUrl }) => `fetches its keys from ${jwksUrl}`,
  }),
};
