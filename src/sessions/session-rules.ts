import { z } from "zod";
import { sessionMinutes } from "../projects/session-limits.js";
import { exactlyOneOf } from "../shared/exactly-one-of.js";
import { idToLookUp } from "../shared/validation.js";

/**
 * Fits the largest session JWT: 4 KB each of template and custom claims, 8 KB of roles, which the template may
 * repeat, and 10 factors.
 */
const MAX_JWT_LENGTH = 65_536;

/** The rules limit only the length: a malformed credential gets the same error as an unknown one. */
const sessionToken = idToLookUp.min(1, "Must not be empty");
const sessionJwt = z
  .string()
  .min(1, "Must not be empty")
  .max(MAX_JWT_LENGTH, `Must have at most ${MAX_JWT_LENGTH} characters`);

/** Exactly one of the two. */
export const sessionCredentialRules = exactlyOneOf({
  sessionToken: sessionToken.nullish(),
  sessionJwt: sessionJwt.nullish(),
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
    sessionJwt: sessionJwt.nullish(),
    memberId: idToLookUp.nullish(),
  }),
});
