import { z } from "zod";
import { sessionMinutes } from "../projects/session-limits.js";
import { exactlyOneOf } from "../shared/exactly-one-of.js";
import { idToLookUp, tokenText } from "../shared/validation.js";

/** The rules limit only the length: a malformed credential gets the same error as an unknown one. */
const sessionToken = idToLookUp.min(1, "Must not be empty");

/** Exactly one of the two. */
export const sessionCredentialRules = exactlyOneOf({
  sessionToken: sessionToken.nullish(),
  sessionJwt: tokenText.nullish(),
});

const optionRules = {
  sessionDurationMinutes: sessionMinutes.nullish(),
  sessionCustomClaims: z.record(z.string(), z.unknown()).nullish(),
};

export const authenticateSessionRules = z.object({
  credential: sessionCredentialRules,
  ...optionRules,
});

export const exchangeSessionRules = z.object({
  credential: sessionCredentialRules,
  organizationId: idToLookUp,
  ...optionRules,
});

export const sessionOwnerRules = exactlyOneOf({
  memberId: idToLookUp.nullish(),
  organizationId: idToLookUp.nullish(),
});

export const revokeSessionRules = z.object({
  target: exactlyOneOf({
    sessionId: idToLookUp.nullish(),
    sessionToken: sessionToken.nullish(),
    sessionJwt: tokenText.nullish(),
    memberId: idToLookUp.nullish(),
  }),
});
