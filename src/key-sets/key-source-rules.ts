import { z } from "zod";
import { singleLine } from "../shared/validation.js";
import { keySetUrlProblem } from "./key-set-url.js";
import { PublicKeyError, parsePublicKey } from "./public-key.js";

export const MAX_PUBLIC_KEYS = 5;

/** A public key as PEM or JWK. */
export const publicKeyRule = z.string().transform((text, context) => {
  try {
    return parsePublicKey(text);
  } catch (error) {
    if (!(error instanceof PublicKeyError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

/** Several keys, so that old and new ones overlap during a rotation. */
export const publicKeysRule = z
  .array(publicKeyRule)
  .min(1, "Must contain at least one key")
  .max(MAX_PUBLIC_KEYS, `Must contain at most ${MAX_PUBLIC_KEYS} keys`)
  .refine(
    (keys) => new Set(keys.map(({ jwk }) => JSON.stringify(jwk))).size === keys.length,
    "Must not contain the same key twice",
  );

/** @param allowInsecureJwks also allows http and loopback */
export function jwksUrlRule(allowInsecureJwks: boolean) {
  return singleLine(1, 2048).superRefine((url, context) => {
    const problem = keySetUrlProblem(url, allowInsecureJwks);
    if (problem) context.addIssue({ code: "custom", message: problem });
  });
}
