import type { KeySourceSettings } from "../../key-sets/key-source-rules.js";
import type { Algorithm } from "../../key-sets/public-key.js";
import { badUserInput } from "../../shared/errors.js";
import { validate } from "../../shared/validation.js";
import type { AttributeMappingSettings } from "../attribute-mapping.js";
import type { ClaimCondition } from "../claim-conditions.js";
import type { Need, Preset, PresetParameters, WorkloadPreset } from "./preset.js";
import { PROFILE_PRESETS, type ProfileProvider } from "./profile-presets.js";

/** A provider and what the caller knows of it; null is absent. */
export interface ProfilePresetSettings {
  provider: ProfileProvider;
  domain?: string | null;
  tenantId?: string | null;
  projectId?: string | null;
}

/** The settings of a new profile that a preset can fill. */
export interface PresetTarget {
  preset?: ProfilePresetSettings | null;
  issuer?: string | null;
  alternativeIssuers?: string[] | null;
  audience?: string | null;
  audienceClaim?: string | null;
  keys?: KeySourceSettings | null;
  allowedAlgorithms?: Algorithm[] | null;
  attributeMapping?: AttributeMappingSettings | null;
  claimConditions?: ClaimCondition[] | null;
  clientId?: string | null;
}

const PARAMETERS = ["domain", "tenantId", "projectId"] as const;
const WITHOUT_PRESET = ["issuer", "audience", "keys", "attributeMapping"] as const;

/**
 * Fills what a profile's preset knows. What the caller gives wins: a setting takes the place of the preset's, an
 * attribute that of the same attribute, and a claim condition those on the same claim.
 * @returns the profile without its preset
 * @throws BAD_USER_INPUT for what is missing, or not used by the provider
 */
export function fillFromPreset<Profile extends PresetTarget>(
  profile: Profile,
): Omit<Profile, "preset"> & Omit<PresetTarget, "preset"> {
  const { preset: chosen, ...given } = profile;
  if (!chosen) {
    for (const field of WITHOUT_PRESET) {
      if ((given[field] ?? null) !== null) continue;
      throw badUserInput(["input", field], "Must be given, unless a `preset` fills it");
    }
    return given;
  }
  const preset: Preset = PROFILE_PRESETS[chosen.provider];
  const parameters = parametersOf(preset, chosen);
  const isForClient = (given.clientId ?? null) !== null;
  const context = { isForClient, audience: given.audience ?? undefined };
  const known = preset.settings(parameters, context);
  const issuer = required(preset, "issuer", given.issuer ?? known.issuer);
  const keySetUrl = preset.keySetUrl(issuer);
  const ofIssuer = given.issuer ? undefined : known.alternativeIssuers;
  const filled = {
    ...given,
    issuer,
    alternativeIssuers: given.alternativeIssuers ?? ofIssuer ?? null,
    keys: required(preset, "keys", given.keys ?? (keySetUrl && { jwksUrl: keySetUrl })),
    audience: required(preset, "audience", given.audience ?? known.audience),
    audienceClaim: given.audienceClaim ?? known.audienceClaim ?? null,
    allowedAlgorithms: given.allowedAlgorithms ?? known.allowedAlgorithms ?? null,
    attributeMapping: {
      ...(isForClient && !preset.workload.clientIs ? {} : known.attributeMapping),
      ...withoutNulls(given.attributeMapping ?? {}),
    },
    claimConditions: combine(known.claimConditions ?? [], given.claimConditions ?? []),
  };
  assertIdentifiesWorkload(preset, filled);
  return filled;
}

/** Where a preset has no sentence of its own. */
const NEEDS: Readonly<Record<"issuer" | "audience" | "keys", Need>> = {
  issuer: { path: ["issuer"], what: "`issuer`" },
  audience: { path: ["audience"], what: "`audience`" },
  keys: {
    path: ["keys"],
    what: "`keys`, since the URL of its key set does not follow from this issuer",
  },
};

function parametersOf(preset: Preset, chosen: ProfilePresetSettings): PresetParameters {
  const parameters: PresetParameters = {};
  for (const name of PARAMETERS) {
    const value = chosen[name] ?? null;
    if (value === null) continue;
    const path = ["input", "preset", name];
    const rule = preset.parameters[name];
    if (!rule) {
      const reason = preset.unused?.[name];
      throw badUserInput(
        path,
        `${preset.title} does not use \`${name}\`${reason ? `: ${reason}` : ""}`,
      );
    }
    parameters[name] = validate(rule, value, path);
  }
  return parameters;
}

function required<Value>(
  { title, needs }: Preset,
  field: keyof typeof NEEDS,
  value: Value | null | undefined | "",
): Value {
  if (value !== null && value !== undefined && value !== "") return value;
  const { path, what } = needs[field] ?? NEEDS[field];
  throw badUserInput(["input", ...path], `${title} needs ${what}`);
}

function combine(known: readonly ClaimCondition[], given: readonly ClaimCondition[]) {
  const claims = new Set(given.map(({ claim }) => claim));
  return [...known.filter(({ claim }) => !claims.has(claim)), ...given];
}

/** The issuer signs tokens for strangers, too, and they choose every other claim, and perhaps the audience. */
function assertIdentifiesWorkload(
  { title, workload }: Preset,
  { clientId, claimConditions }: PresetTarget,
): void {
  if ((clientId ?? null) === null) {
    if (!workload.clientIs) return;
    throw badUserInput(["input", "clientId"], `${title} needs \`clientId\`, ${workload.clientIs}`);
  }
  if (!identifiesWorkload(workload, claimConditions ?? [])) {
    throw badUserInput(["input", "claimConditions"], `${title} needs ${workload.needsCondition}`);
  }
}

function identifiesWorkload(
  { identifyingClaims, byVerifiedEmail, prefix }: WorkloadPreset,
  conditions: readonly ClaimCondition[],
): boolean {
  const isExact = ({ operator }: ClaimCondition) => operator === "EQUALS" || operator === "IN";
  const isIdentifying = (condition: ClaimCondition) =>
    identifyingClaims.includes(condition.claim) &&
    (isExact(condition) ||
      (condition.operator === "STARTS_WITH" &&
        condition.values.every((value) => prefix?.test(value))));
  const isEmail = (condition: ClaimCondition) => condition.claim === "email" && isExact(condition);
  const isVerification = ({ claim, values }: ClaimCondition) =>
    claim === "email_verified" && values.every((value) => value === "true");
  return (
    conditions.some(isIdentifying) ||
    (!!byVerifiedEmail && conditions.some(isEmail) && conditions.some(isVerification))
  );
}

function withoutNulls<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Fields;
}
