import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileTokenReplay: DataCheck = {
  id: "profile-token-replay",
  level: "WARNING",
  target: "profile",
  what: "A public profile accepts a token more than once",
  why: "Whoever finds a token in a log starts a session with it, without a management key.",
  whatToDo: "Set `singleUseTokenId`, or a short `maxTokenAgeSeconds`.",
  docs: "sessions.md#exchange-tokens-in-a-browser",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: () => [
      "target.publicExchange AND NOT target.singleUseTokenId AND (target.maxTokenAgeSeconds IS NULL OR target.maxTokenAgeSeconds > 3600)",
    ],
    rest: () => "exchanges a token without a management key, and more than once",
  }),
};
