import { z } from "zod";
import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import { keySourceRule, publicKeyRule } from "../key-sets/key-source-rules.js";
import { ALGORITHMS } from "../key-sets/public-key.js";
import { sessionMinutes } from "../projects/session-limits.js";
import { badUserInput } from "../shared/errors.js";
import { expectedVersion, idempotencyKey, idToLookUp, singleLine } from "../shared/validation.js";
import { webOriginProtocol } from "../shared/web-origin.js";
import { attributeMappingRules, isMemberMapping } from "./attribute-mapping.js";
import { claimConditions } from "./claim-conditions.js";
import { claimPath } from "./claim-path.js";
import { MEMBER_UPDATES } from "./member-updates.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import {
  alternativeIssuersRule,
  issuerRule,
  keepsTenantsApart,
  parseIssuerTemplate,
} from "./trusted-issuers.js";

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
const MAX_ORIGINS = 50;

const webOrigin = z
  .string()
  .refine(
    (text) => webOriginProtocol(text) === "https:",
    "Must be an origin such as https://app.example.com, without a path or trailing slash; http only for localhost",
  );

export function profileRules(keySetPolicy: KeySetPolicy) {
  const required = {
    name: singleLine(1, 128),
    issuer: issuerRule,
    audience: singleLine(1, 1024),
    attributeMapping: attributeMappingRules,
  };
  const settings = {
    alternativeIssuers: alternativeIssuersRule.optional(),
    audienceClaim: claimPath.nullish(),
    allowedAlgorithms: z
      .array(z.enum(ALGORITHMS))
      .min(1, "Must contain at least one algorithm")
      .nullish(),
    clockToleranceSeconds: z
      .number()
      .int()
      .min(0, "Must not be negative")
      .max(MAX_CLOCK_TOLERANCE_SECONDS, `Must be at most ${MAX_CLOCK_TOLERANCE_SECONDS} seconds`)
      .optional(),
    maxTokenAgeSeconds: z
      .number()
      .int()
      .min(1, "Must be at least 1 second")
      .max(2_147_483_647, "Must be at most 2147483647 seconds")
      .nullish(),
    maximumSessionDurationMinutes: sessionMinutes.nullish(),
    claimConditions: claimConditions.optional(),
    organizationId: idToLookUp.nullish(),
    canJitProvision: z.boolean().optional(),
    canJitProvisionOrganizations: z.boolean().optional(),
    memberUpdates: z.enum(MEMBER_UPDATES).optional(),
    clientId: idToLookUp.nullish(),
    singleUseTokenId: z.boolean().optional(),
    publicExchange: z.boolean().optional(),
    allowedOrigins: z
      .array(webOrigin)
      .max(MAX_ORIGINS, `Must contain at most ${MAX_ORIGINS} origins`)
      .optional(),
  };
  const keys = keySourceRule(keySetPolicy);
  const ref = { profileId: idToLookUp, expectedVersion };
  return {
    create: z.object({ ...required, ...settings, keys, idempotencyKey }),
    update: z
      .object({ ...required, keys })
      .partial()
      .extend({ ...settings, ...ref }),
    ref: z.object(ref),
    addKey: z.object({ ...ref, publicKey: publicKeyRule }),
    removeKey: z.object({ ...ref, publicKeyId: idToLookUp }),
  };
}

/** Checks the rules between a profile's settings. @throws BAD_USER_INPUT */
export function assertConsistent(profile: TrustedAuthProfile): void {
  const { attributeMapping: mapping, publicKeys, allowedAlgorithms: allowed } = profile;
  const invalid = (path: string[], message: string) => badUserInput(["input", ...path], message);
  const isForMembers = profile.clientId === null || profile.publicExchange;
  if (isForMembers && !isMemberMapping(mapping)) {
    throw invalid(
      ["attributeMapping", "email"],
      "This or externalMemberId must be mapped, since the profile identifies members",
    );
  }
  // Without a condition, every token of the issuer for this audience would identify the client.
  if (profile.clientId !== null && profile.claimConditions.length === 0) {
    throw invalid(
      ["claimConditions"],
      "Must contain at least one condition, since the profile is for a client",
    );
  }
  if (profile.alternativeIssuers.includes(profile.issuer)) {
    throw invalid(["alternativeIssuers"], "Must not repeat the issuer");
  }
  const template = parseIssuerTemplate(profile.issuer);
  if (template && !keepsTenantsApart(profile, template.claim)) {
    const remedy =
      profile.clientId === null
        ? "map attributeMapping.organizationId from that claim, so that members stay in the organization of their tenant, or list the tenants in a claim condition on it (EQUALS or IN)"
        : "a profile for a client needs a claim condition on that claim that lists the tenants (EQUALS or IN)";
    throw invalid(["issuer"], `Accepts the tokens of every tenant: ${remedy}`);
  }
  const keyAlgorithms = publicKeys.flatMap((key) => key.algorithms);
  const isUsable = !allowed || allowed.some((algorithm) => keyAlgorithms.includes(algorithm));
  if (publicKeys.length > 0 && !isUsable) {
    throw invalid(
      ["allowedAlgorithms"],
      "Must include an algorithm that a key of the profile supports",
    );
  }
}
