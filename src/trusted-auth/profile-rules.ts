import { z } from "zod";
import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import { keySourceRule, publicKeyRule } from "../key-sets/key-source-rules.js";
import { ALGORITHMS } from "../key-sets/public-key.js";
import { sessionMinutes } from "../projects/session-limits.js";
import { badUserInput } from "../shared/errors.js";
import { expectedVersion, idempotencyKey, idToLookUp, singleLine } from "../shared/validation.js";
import { attributeMappingRules, isMemberMapping } from "./attribute-mapping.js";
import { claimConditions } from "./claim-conditions.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
const MAX_ORIGINS = 50;

/** Origin as browsers send it (RFC 6454 section 6.2); http only for a development server on localhost. */
const webOrigin = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const isLocal = protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return origin === text && (protocol === "https:" || isLocal);
}, "Must be an origin such as https://app.example.com, without a path or trailing slash; http only for localhost");

export function profileRules(keySetPolicy: KeySetPolicy) {
  const required = {
    name: singleLine(1, 128),
    issuer: singleLine(1, 1024),
    audience: singleLine(1, 1024),
    attributeMapping: attributeMappingRules,
  };
  const settings = {
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
  const isForMembers =
    profile.clientId === null || profile.publicExchange || mapping.email !== undefined;
  if (isForMembers && !isMemberMapping(mapping)) {
    const missing = mapping.email === undefined ? "email" : "tokenId";
    throw invalid(
      ["attributeMapping", missing],
      "Must be mapped, since the profile identifies members",
    );
  }
  // Without a condition, every token of the issuer for this audience would identify the client.
  if (profile.clientId !== null && profile.claimConditions.length === 0) {
    throw invalid(
      ["claimConditions"],
      "Must contain at least one condition, since the profile is for a client",
    );
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
