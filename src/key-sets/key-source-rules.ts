import { z } from "zod";
import { exactlyOneOf } from "../shared/exactly-one-of.js";
import { singleLine } from "../shared/validation.js";
import { type KeySetPolicy, keySetUrlProblem } from "./key-set-url.js";
import { PublicKeyError, parseJwk, parsePem } from "./public-key.js";

export const MAX_PUBLIC_KEYS = 5;

/** A public key as input: exactly one of the fields. */
export interface PublicKeyText {
  pem?: string | null;
  jwk?: object | null;
}

/** Where the public keys of a signer are, as input: exactly one of the fields. */
export interface KeySourceSettings {
  jwksUrl?: string | null;
  publicKeys?: readonly PublicKeyText[] | null;
}

export const publicKeyRule = exactlyOneOf({
  pem: z.string().nullish(),
  jwk: z.record(z.string(), z.unknown()).nullish(),
}).transform(({ pem, jwk }, context) => {
  try {
    return pem === undefined ? parseJwk(jwk ?? {}) : parsePem(pem);
  } catch (error) {
    if (!(error instanceof PublicKeyError)) throw error;
    const path = [pem === undefined ? "jwk" : "pem"];
    context.addIssue({ code: "custom", path, message: error.message });
    return z.NEVER;
  }
});

/** Several keys, so that old and new ones overlap during a rotation. */
const publicKeysRule = z
  .array(publicKeyRule)
  .min(1, "Must contain at least one key")
  .max(MAX_PUBLIC_KEYS, `Must contain at most ${MAX_PUBLIC_KEYS} keys`)
  .refine(
    (keys) => new Set(keys.map(({ jwk }) => JSON.stringify(jwk))).size === keys.length,
    "Must not contain the same key twice",
  );

function jwksUrlRule(policy: KeySetPolicy) {
  return singleLine(1, 2048).superRefine((url, context) => {
    const problem = keySetUrlProblem(url, policy);
    if (problem) context.addIssue({ code: "custom", message: problem.replace(/^m/, "M") });
  });
}

export function keySourceRule(policy: KeySetPolicy) {
  return exactlyOneOf({
    jwksUrl: jwksUrlRule(policy).nullish(),
    publicKeys: publicKeysRule.nullish(),
  });
}
