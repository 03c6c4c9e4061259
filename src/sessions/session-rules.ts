import { z } from "zod";
import { idToLookUp } from "../shared/validation.js";

export const DEFAULT_SESSION_DURATION_MINUTES = 60;

/** Up to 366 days. */
export const sessionDurationMinutes = z
  .number()
  .int()
  .min(5, "Must be at least 5 minutes")
  .max(527_040, "Must be at most 527040 minutes (366 days)");

/** The longest of ours: 4 KB each of template and custom claims, 50 roles, 10 factors, as base64. */
const MAX_JWT_LENGTH = 32_768;

/** A session's credentials; whatever they are, they are either good or not. */
export const sessionToken = idToLookUp.min(1, "Must not be empty");
export const sessionJwt = z
  .string()
  .min(1, "Must not be empty")
  .max(MAX_JWT_LENGTH, `Must have at most ${MAX_JWT_LENGTH} characters`);

/** Refuses more, or fewer, of these fields than there may be. */
export function requireFieldCount<Field extends string>(
  fields: readonly Field[],
  allowed: "exactly one" | "at most one",
) {
  return (input: { [name in Field]?: unknown }, context: z.core.$RefinementCtx<unknown>) => {
    const given = fields.filter((name) => input[name] !== null && input[name] !== undefined);
    if (given.length === 1 || (given.length === 0 && allowed === "at most one")) return;
    context.addIssue({
      code: "custom",
      path: [given[1] ?? fields[0] ?? ""],
      message: `There must be ${allowed} of ${fields.join(", ")}`,
    });
  };
}

const credentialRules = {
  sessionToken: sessionToken.nullish(),
  sessionJwt: sessionJwt.nullish(),
  sessionDurationMinutes: sessionDurationMinutes.nullish(),
  sessionCustomClaims: z.record(z.string(), z.unknown()).nullish(),
};

export const authenticateSessionRules = z
  .object(credentialRules)
  .superRefine(requireFieldCount(["sessionToken", "sessionJwt"], "exactly one"));

export const exchangeSessionRules = z
  .object({ ...credentialRules, organizationId: idToLookUp })
  .superRefine(requireFieldCount(["sessionToken", "sessionJwt"], "exactly one"));

export const sessionsOwnerRules = z
  .object({ memberId: idToLookUp.nullish(), organizationId: idToLookUp.nullish() })
  .superRefine(requireFieldCount(["memberId", "organizationId"], "exactly one"));

export const revokeSessionRules = z
  .object({
    sessionId: idToLookUp.nullish(),
    sessionToken: sessionToken.nullish(),
    sessionJwt: sessionJwt.nullish(),
    memberId: idToLookUp.nullish(),
  })
  .superRefine(
    requireFieldCount(["sessionId", "sessionToken", "sessionJwt", "memberId"], "exactly one"),
  );
