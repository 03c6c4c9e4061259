import { z } from "zod";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { singleLine } from "../shared/validation.js";
import type { AttributeMapping } from "./attribute-mapping.js";
import type { ClaimCondition } from "./claim-conditions.js";
import { getClaim } from "./claim-path.js";
import { isTrustDomain, trustDomainOf } from "./spiffe-id.js";

/** The settings of a profile that say whose tokens it accepts. */
export interface TrustedIssuers {
  issuer: string;
  alternativeIssuers: readonly string[];
}

/** The settings that can keep the tenants of an issuer apart. */
export interface TenantSettings {
  claimConditions: readonly ClaimCondition[];
  attributeMapping: AttributeMapping;
  clientId: string | null;
}

/** `https://login.example.com/{tid}/v2.0`: the claim's value in its place must give `iss`. */
export interface IssuerTemplate {
  before: string;
  claim: string;
  after: string;
}

const MAX_ALTERNATIVES = 10;
/** Bounds the templates that an issuer can have come from. */
const MAX_SEGMENTS = 8;

const TEMPLATE =
  /^(https?:\/\/[^/{}?#]+\/(?:[^/{}?#]*\/)*)\{([A-Za-z0-9_.-]+)\}((?:\/[^/{}?#]*)*)$/;
/** A value that cannot change the rest of the issuer: no slash, no escape, no `..`. */
const SEGMENT = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_SEGMENT_LENGTH = 128;

export const issuerRule = singleLine(1, 1024)
  .refine(
    (issuer) => !/[{}]/.test(issuer) || parseIssuerTemplate(issuer) !== null,
    `May contain a claim's name in braces as one whole segment of an https URL's path, such as https://login.example.com/{tid}/v2.0, and no other braces; its path then has at most ${MAX_SEGMENTS} segments`,
  )
  .refine(
    (issuer) => !issuer.startsWith("spiffe:") || isTrustDomain(issuer),
    "Must be the trust domain alone, such as spiffe://example.org: conditions on sub select its workloads",
  );

export const alternativeIssuersRule = z
  .array(
    singleLine(1, 1024).refine(
      (issuer) => !/[{}]/.test(issuer),
      "Must not contain braces: only issuer can be a template",
    ),
  )
  .max(MAX_ALTERNATIVES, `Must contain at most ${MAX_ALTERNATIVES} issuers`)
  .refine((issuers) => new Set(issuers).size === issuers.length, "Must not repeat an issuer");

/** @returns null if the issuer is no template */
export function parseIssuerTemplate(issuer: string): IssuerTemplate | null {
  const [, before, claim, after] = TEMPLATE.exec(issuer) ?? [];
  if (before === undefined || claim === undefined || after === undefined) return null;
  const isPath = claim.split(".").every((step) => step !== "");
  return isPath && pathSegments(issuer).length <= MAX_SEGMENTS ? { before, claim, after } : null;
}

/** @returns the issuer with the claim's value in its place; null if the claim cannot take that place */
export function fillIssuerTemplate(
  { before, claim, after }: IssuerTemplate,
  claims: JsonObject,
): string | null {
  const value = getClaim(claims, claim);
  return isSegment(value) ? before + value + after : null;
}

/**
 * Whether something keeps the tenants apart whose tokens a template accepts: a list of those that are
 * accepted, or the organization that the claim selects. Without it, an administrator of any tenant could
 * issue tokens with the email addresses of another one's members (ADR 0025).
 */
export function keepsTenantsApart(profile: TenantSettings, claim: string): boolean {
  const isListed = profile.claimConditions.some(
    (condition) =>
      condition.claim === claim && (condition.operator === "EQUALS" || condition.operator === "IN"),
  );
  return (
    isListed || (profile.clientId === null && profile.attributeMapping.organizationId === claim)
  );
}

/** The issuers that a profile accepts, each as text that `possibleIssuers` gives for its tokens. */
export function acceptedIssuers({ issuer, alternativeIssuers }: TrustedIssuers): string[] {
  const template = parseIssuerTemplate(issuer);
  const own = template ? `${template.before}{}${template.after}` : issuer;
  return [own, ...alternativeIssuers];
}

/** What `acceptedIssuers` of a profile that accepts the token may contain: at most 1 and `MAX_SEGMENTS` texts. */
export function possibleIssuers({ iss, sub }: JsonObject): string[] {
  if (iss === undefined) return [trustDomainOf(sub) ?? []].flat();
  if (typeof iss !== "string") return [];
  const segments = pathSegments(iss);
  if (!/^https?:\/\//.test(iss) || segments.length > MAX_SEGMENTS) return [iss];
  const origin = iss.split("/").slice(0, 3);
  const templates = segments.flatMap((segment, at) =>
    isSegment(segment) ? [[...origin, ...segments.with(at, "{}")].join("/")] : [],
  );
  return [iss, ...templates];
}

/** Whether an external id in tokens of both means the same person. A template and one of its tenants share no issuer. */
export function shareIssuer(one: TrustedIssuers, other: TrustedIssuers): boolean {
  const accepted = new Set(acceptedIssuers(one));
  return acceptedIssuers(other).some((issuer) => accepted.has(issuer));
}

function isSegment(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_SEGMENT_LENGTH && SEGMENT.test(value);
}

/** The segments after scheme and host. */
function pathSegments(url: string): string[] {
  return url.split("/").slice(3);
}
