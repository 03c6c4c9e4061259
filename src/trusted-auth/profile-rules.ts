import { z } from "zod";
import { jwksUrlRule, publicKeysRule } from "../key-sets/key-source-rules.js";
import { expectedVersion, idempotencyKey, line, lookupId } from "../shared/validation.js";
import { attributeMappingRules } from "./attribute-mapping.js";

/** @param allowInsecureJwks lets key sets be fetched over http and from loopback */
export function profileRules(allowInsecureJwks: boolean) {
  const settings = {
    name: line(1, 128),
    issuer: line(1, 1024),
    audience: line(1, 1024),
    attributeMapping: attributeMappingRules,
    canJitProvision: z.boolean(),
    singleUseTokenId: z.boolean(),
  };
  const keySource = {
    jwksUrl: jwksUrlRule(allowInsecureJwks).nullish(),
    publicKeys: publicKeysRule.nullish(),
  };
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
