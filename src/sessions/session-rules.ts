import { z } from "zod";
import { idToLookUp } from "../shared/validation.js";

export const DEFAULT_SESSION_DURATION_MINUTES = 60;

/** Up to 366 days. */
export const sessionDurationMinutes = z
  .number()
  .int()
  .min(5, "Must be at least 5 minutes")
  .max(527_040, "Must be at most 527040 minutes (366 days)");

/** Fits the largest session JWT: 4 KB each of template and custom claims, 50 roles and 10 factors. */
const MAX_JWT_LENGTH = 32_768;

/** The rules limit only the length: a malformed credential gets the same error as an unknown one. */
export const sessionToken = idToLookUp.min(1, "Must not be empty");
export const sessionJwt = z
  .string()
  .min(1, "Must not be empty")
  .max(MAX_JWT_LENGTH, `Must have at most ${MAX_JWT_LENGTH} characters`);

const LIST_FORMAT = new Intl.ListFormat("en-GB");

/** Rejects an input with more or fewer of these fields than allowed. */
export function requireFieldCount<Field extends string>(
  fields: readonly Field[],
  allowed: "exactly one" | "at most one",
) {
  return (input: { [name in Field]?: unknown }, context: z.core.$RefinementCtx<unknown>) => {
    const present = fields.filter((name) => input[name] !== null && input[name] !== undefined);
    if (present.length === 1 || (present.length === 0 && allowed === "at most one")) return;
    const names = LIST_FORMAT.format(fields);
    context.addIssue({
      code: "custom",
      path: [present[1] ?? fields[0] ?? ""],
      message:
        allowed === "exactly one"
          ? `Exactly one of ${names} must be given`
          : `At most one of ${names} may be given`,
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

export const sessionOwnerRules = z
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
