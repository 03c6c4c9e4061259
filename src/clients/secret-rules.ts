import { z } from "zod";
import { idempotencyKey, idToLookUp, timestamp } from "../shared/validation.js";
import { COST_LIMITS, checkForeignHash } from "./client-secret.js";

export const MIN_SECRET_LENGTH = 8;
export const MAX_SECRET_LENGTH = 1024;
export const DEFAULT_OVERLAP_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 90 * 86_400;

/** White space at the edges comes from copying, and then no program sends the secret as it was stored. */
const isTrimmed = (text: string) => text === text.trim();
const NOT_TRIMMED = "Must not begin or end with white space: check what was copied";

export const suppliedSecret = z
  .string()
  .refine(isTrimmed, NOT_TRIMMED)
  .min(MIN_SECRET_LENGTH, `Must have at least ${MIN_SECRET_LENGTH} characters`)
  .max(MAX_SECRET_LENGTH, `Must have at most ${MAX_SECRET_LENGTH} characters`);

const { bcrypt, pbkdf2, argon2 } = COST_LIMITS;
const HASH_MESSAGES = {
  FORM: "Must be a bcrypt ($2a$, $2b$, $2y$), PBKDF2 ($pbkdf2-sha256$…) or argon2 ($argon2id$…) hash",
  COST:
    `The hash's cost is out of bounds: bcrypt ${bcrypt.min} to ${bcrypt.max}; PBKDF2 from ` +
    `${pbkdf2.minIterations} iterations up to ${pbkdf2.maxRounds.sha256} (SHA-512: ` +
    `${pbkdf2.maxRounds.sha512}) times the blocks of its output; argon2 up to ${argon2.memoryKib} KiB, ` +
    `${argon2.memoryKibTimesPasses} KiB times passes and ${argon2.lanes} lanes`,
};

export const suppliedSecretHash = z
  .string()
  .refine(isTrimmed, NOT_TRIMMED)
  .max(1024, "Must have at most 1024 characters")
  .superRefine((hash, context) => {
    const problem = checkForeignHash(hash);
    if (problem) context.addIssue({ code: "custom", message: HASH_MESSAGES[problem] });
  });

export const secretExpiresAt = timestamp.nullish();

export const startSecretRotationRules = z.object({
  clientId: idToLookUp,
  clientSecret: suppliedSecret.nullish(),
  secretExpiresAt,
  idempotencyKey,
});

export const rotateSecretRules = startSecretRotationRules.extend({
  overlapSeconds: z
    .number()
    .int()
    .min(0, "Must be at least 0 seconds")
    .max(MAX_OVERLAP_SECONDS, `Must be at most ${MAX_OVERLAP_SECONDS} seconds, which are 90 days`)
    .nullish()
    .transform((seconds) => seconds ?? DEFAULT_OVERLAP_SECONDS),
});

export const rotationRef = z.object({ clientId: idToLookUp });
