import { z } from "zod";
import { singleLine } from "../shared/validation.js";
import { claimPath, getClaim } from "./claim-path.js";

export const CLAIM_OPERATORS = ["EQUALS", "IN", "STARTS_WITH", "ENDS_WITH", "CONTAINS"] as const;
export type ClaimOperator = (typeof CLAIM_OPERATORS)[number];

/** A condition that a claim must meet for a token to be accepted. */
export interface ClaimCondition {
  /** Path of the claim in the foreign JWT. */
  claim: string;
  operator: ClaimOperator;
  values: string[];
}

const MAX_CONDITIONS = 20;
const MAX_VALUES = 50;

const claimCondition = z
  .object({
    claim: claimPath,
    operator: z.enum(CLAIM_OPERATORS),
    values: z
      .array(singleLine(1, 1024))
      .min(1, "Must contain at least one value")
      .max(MAX_VALUES, `Must contain at most ${MAX_VALUES} values`),
  })
  .refine(({ operator, values }) => operator !== "EQUALS" || values.length === 1, {
    path: ["values"],
    message: "EQUALS takes exactly one value; use IN for several values",
  });

export const claimConditions = z
  .array(claimCondition)
  .max(MAX_CONDITIONS, `Must contain at most ${MAX_CONDITIONS} conditions`);

/** Whether a claim's text, and the value of a condition, match. */
const MATCHES: Readonly<Record<ClaimOperator, (text: string, value: string) => boolean>> = {
  EQUALS: (text, value) => text === value,
  IN: (text, value) => text === value,
  STARTS_WITH: (text, value) => text.startsWith(value),
  ENDS_WITH: (text, value) => text.endsWith(value),
  CONTAINS: (text, value) => text === value,
};

/** Whether the claim's string, number or boolean, or any item of its list of these, meets the condition. */
export function meetsCondition(claims: object, condition: ClaimCondition): boolean {
  const { operator, values } = condition;
  const claim = getClaim(claims, condition.claim);
  // RFC 6749 section 3.3 separates the entries of `scope` by spaces.
  const isListAsText = operator === "CONTAINS" && typeof claim === "string";
  const items = isListAsText ? claim.split(" ") : [claim].flat();
  return items
    .flatMap(toText)
    .some((text) => values.some((value) => MATCHES[operator](text, value)));
}

/** @returns an empty list for what cannot be compared */
function toText(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "boolean") return [String(value)];
  // JSON.parse turns different numbers beyond the safe integers into the same value.
  return Number.isSafeInteger(value) ? [String(value)] : [];
}
