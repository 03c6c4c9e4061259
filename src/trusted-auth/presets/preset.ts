import { z } from "zod";
import type { Algorithm } from "../../key-sets/public-key.js";
import type { AttributeMapping } from "../attribute-mapping.js";
import type { ClaimCondition } from "../claim-conditions.js";

/** What a caller knows of its provider, beside the settings of the profile. */
export interface PresetParameters {
  domain?: string | undefined;
  tenantId?: string | undefined;
  projectId?: string | undefined;
}

/** What else decides about a preset's settings. */
export interface PresetContext {
  /** Whether the profile's tokens identify a client and no members. */
  isForClient: boolean;
  audience: string | undefined;
}

/** The settings that a preset knows; the caller gives the others. */
export interface PresetSettings {
  issuer?: string | undefined;
  alternativeIssuers?: string[];
  audience?: string | undefined;
  audienceClaim?: string;
  allowedAlgorithms?: Algorithm[];
  attributeMapping: AttributeMapping;
  /** What is right for every profile of the provider. */
  claimConditions?: ClaimCondition[];
}

/** A setting that only the caller can know: where it is missing, and the end of "GitLab needs …". */
export interface Need {
  path: string[];
  what: string;
}

/** What is known of a provider whose tokens have a documented shape. */
export interface Preset {
  /** The provider's name in sentences. */
  title: string;
  /** What to give, for the schema. */
  description: string;
  /** The parameters that the provider uses. */
  parameters: { readonly [Name in keyof PresetParameters]?: z.ZodType<string> };
  /** Why the provider uses no such parameter, where one might expect it. */
  unused?: { readonly [Name in keyof PresetParameters]?: string };
  settings(parameters: PresetParameters, context: PresetContext): PresetSettings;
  /** @returns undefined if the URL of the key set does not follow from the issuer */
  keySetUrl(issuer: string): string | undefined;
  needs: Readonly<Partial<Record<"issuer" | "audience" | "keys", Need>>>;
  /** How a token tells whose workload it is, for a profile with `clientId`. */
  workload: WorkloadPreset;
}

export interface WorkloadPreset {
  /** What the client of `clientId` is to the provider, if its tokens are of workloads alone. */
  clientIs?: string;
  /** Claims of which one tells whose workload it is; other claims alone would admit those of strangers. */
  identifyingClaims: readonly string[];
  /** Whether a verified `email` tells it, too. */
  byVerifiedEmail?: boolean;
  /** What a value of STARTS_WITH must match to not also begin the names of strangers; absent: none can. */
  prefix?: RegExp;
  /** The end of "GitLab needs …". */
  needsCondition: string;
}

/**
 * The rule of a provider whose tokens are of members, or of machines.
 * @param identifyingClaims the first one is the example
 * @param example its value
 */
export function machineOf(
  identifyingClaims: readonly [string, ...string[]],
  example: string,
): WorkloadPreset {
  const [claim] = identifyingClaims;
  const names = identifyingClaims.map((name) => `\`${name}\``).join(" or ");
  return {
    identifyingClaims,
    needsCondition: `a condition on ${names} with EQUALS or IN for a profile with \`clientId\`, since its issuer signs the tokens of others, too: \`{ claim: "${claim}", operator: EQUALS, values: ["${example}"] }\``,
  };
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`);
const HOST_AND_PORT = new RegExp(`^(?=.{1,259}$)${LABEL}(?:\\.${LABEL})*(?::[1-9]\\d{0,4})?$`);

function host(form: RegExp, what: string) {
  const message = `Must be ${what}, without \`https://\` and without a path`;
  return z.string().toLowerCase().regex(form, message);
}

/** @param example a domain as the provider writes it */
export function hostName(example: string) {
  return host(HOST_NAME, `a host name such as \`${example}\``);
}

/** The host of a server that people run themselves, perhaps in their own network. */
export function hostAndPort(example: string) {
  return host(HOST_AND_PORT, `a host name, perhaps with a port, such as \`${example}\``);
}

/** @returns a path under an issuer that is an https URL; undefined under any other issuer */
export function under(issuer: string, path: string): string | undefined {
  if (!/^https?:\/\/[^{}?#]+$/.test(issuer)) return undefined;
  return issuer.replace(/\/?$/, `/${path}`);
}
