import { z } from "zod";
import { idempotencyKey, idToLookUp, timestamp } from "../shared/validation.js";
import { parseForeignHash } from "./foreign-hash.js";
import { foreignHashMessage } from "./foreign-hash-messages.js";

/** No shorter secret needs as many guesses as `SlowHasher` asks for, however random it is. */
export const MIN_RANDOM_LENGTH = 10;
/** Shorter ones are a slip, and are refused as such before anybody judges them. */
const MIN_SECRET_LENGTH = 8;
export const MAX_SECRET_LENGTH = 1024;
export const DEFAULT_OVERLAP_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 90 * 86_400;

/** White space at the edges comes from copying, and then no program sends the secret as it was stored. */
const isTrimmed = (text: string) => text === text.trim();
const NOT_TRIMMED = "Must not begin or end with white space: check what was copied";

export const suppliedSecret = z
  .string()
  .refine(isTrimmed, NOT_TRIMMED)
  .min(MIN_SECRET_LENGTH, `Must have at least ${MIN_RANDOM_LENGTH} characters`)
  .max(MAX_SECRET_LENGTH, `Must have at most ${MAX_SECRET_LENGTH} characters`);

export const suppliedSecretHash = z
  .string()
  .refine(isTrimmed, NOT_TRIMMED)
  .max(1024, "Must have at most 1024 characters")
  .superRefine((hash, context) => {
    const parsed = parseForeignHash(hash);
    if (typeof parsed !== "string") return;
    context.addIssue({ code: "custom", message: foreignHashMessage(hash, parsed) });
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
