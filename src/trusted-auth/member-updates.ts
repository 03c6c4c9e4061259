/** Whose email address and name follow a profile's tokens; each value includes those before it. */
export const MEMBER_UPDATES = ["NONE", "PROVISIONED", "ALL"] as const;
export type MemberUpdates = (typeof MEMBER_UPDATES)[number];

/** Whether a profile with the former value updates all members that one with the next value does. */
export function includesUpdates(former: MemberUpdates, next: MemberUpdates): boolean {
  return MEMBER_UPDATES.indexOf(next) <= MEMBER_UPDATES.indexOf(former);
}
