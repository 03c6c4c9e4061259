import type { MappedAttribute } from "./mapped-claim.js";

/** Why a value of a token is left out; later releases may add reasons. */
export type LeftOutReason = "NOT_TEXT" | "INVALID" | "TOO_MANY" | "IN_USE";

/** Values of a mapped claim that a member does not get, while the token is accepted. */
export interface LeftOut {
  attribute: MappedAttribute;
  /** Path of the claim. */
  claim: string;
  reason: LeftOutReason;
  /** Number of values. */
  count: number;
}

/** What a member gets from an optional claim, and the values that it does not get. */
export interface OptionalValue<T> {
  value: T;
  leftOut: Pick<LeftOut, "reason" | "count">[];
}

export function leftOut(reason: LeftOutReason, count = 1): OptionalValue<null>["leftOut"] {
  return count === 0 ? [] : [{ reason, count }];
}
