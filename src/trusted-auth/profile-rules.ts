import { z } from "zod";
import { expectedVersion, idempotencyKey, line, lookupId } from "../shared/validation.js";
import { attributeMappingRules } from "./attribute-mapping.js";
import { keySetUrlProblem } from "./key-set-url.js";
import { PublicKeyError, parsePublicKey } from "./public-key.js";

const MAX_PUBLIC_KEYS = 5;

const publicKeys = z
  .array(
    z.string().transform((text, context) => {
      try {
        return parsePublicKey(text);
      } catch (error) {
        if (!(error instanceof PublicKeyError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    }),
  )
  .min(1, "Must hold at least one key")
  .max(MAX_PUBLIC_KEYS, `May hold at most ${MAX_PUBLIC_KEYS} keys`)
  .refine(
    (keys) => new Set(keys.map(({ jwk }) => JSON.stringify(jwk))).size === keys.length,
    "Must not hold the same key twice",
  );

/** @param allowInsecureJwks lets key sets be fetched over http and from loopback */
export function profileRules(allowInsecureJwks: boolean) {
  const jwksUrl = line(1, 2048).superRefine((url, context) => {
    const problem = keySetUrlProblem(url, allowInsecureJwks);
    if (problem) context.addIssue({ code: "custom", message: problem });
  });
  const settings = {
    name: line(1, 128),
    issuer: line(1, 1024),
    audience: line(1, 1024),
    attributeMapping: attributeMappingRules,
    canJitProvision: z.boolean(),
    singleUseTokenId: z.boolean(),
  };
  const keySource = { jwksUrl: jwksUrl.nullish(), publicKeys: publicKeys.nullish() };
  return {
    create: z
      .object({ ...settings, ...keySource, idempotencyKey })
      .partial({ canJitProvision: true, singleUseTokenId: true })
      .superRefine(({ jwksUrl: url, publicKeys: keys }, context) => {
        if (!url === !keys) context.addIssue(ONE_KEY_SOURCE);
      }),
    update: z
      .object({ ...settings })
      .partial()
      .extend({ ...keySource, profileId: lookupId, expectedVersion })
      .superRefine(({ jwksUrl: url, publicKeys: keys }, context) => {
        if (url && keys) context.addIssue(ONE_KEY_SOURCE);
      }),
    ref: z.object({ profileId: lookupId, expectedVersion }),
  };
}

export const ONE_KEY_SOURCE = {
  code: "custom" as const,
  path: ["jwksUrl"],
  message: "Exactly one of jwksUrl and publicKeys must be given",
};
