import { memberRole, rolesThatFit } from "../organizations/organization-rules.js";
import { getMember, textOf } from "./claim-path.js";
import { leftOut, type OptionalValue } from "./left-out.js";

/**
 * Reads roles from any claim: a list, a single role, or an object whose keys are roles, such as that of Zitadel,
 * also in a list.
 * What cannot be a role is left out, and so is the rest of a list that is too long.
 */
export function readRoles(claim: unknown): OptionalValue<string[]> {
  const candidates = candidatesIn(claim).map(textOf);
  const texts = candidates.filter((candidate) => typeof candidate === "string");
  const usable = texts.filter((text) => memberRole.safeParse(text).success);
  const distinct = [...new Set(usable)];
  const value = rolesThatFit(distinct);
  return {
    value,
    leftOut: [
      ...leftOut("NOT_TEXT", candidates.length - texts.length),
      ...leftOut("INVALID", texts.length - usable.length),
      ...leftOut("TOO_MANY", distinct.length - value.length),
    ],
  };
}

function candidatesIn(claim: unknown): unknown[] {
  if (claim === undefined || claim === null || claim === "") return [];
  if (Array.isArray(claim)) return claim.flatMap(rolesOfItem);
  return isObject(claim) ? rolesOfObject(claim) : [claim];
}

/** RFC 9068 section 2.2.3.1 has roles and groups of SCIM, whose text is their `value` (RFC 7643 section 2.4). */
function rolesOfItem(item: unknown): unknown[] {
  if (!isObject(item)) return [item];
  const value = getMember(item, "value");
  if (typeof value === "string") return [value];
  return Object.values(item).every(isObject) ? Object.keys(item) : [item];
}

/** `{ "admin": "no" }` and `{ "slug": "admin" }` give nobody the role of the key: null stands for these. */
function rolesOfObject(object: object): (string | null)[] {
  return Object.entries(object).flatMap(([role, value]) => {
    const held = typeof value === "string" ? value.toLowerCase() : value;
    if (!held || held === "false") return [];
    return held === true || held === "true" || held === 1 || typeof held === "object"
      ? [role]
      : [null];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
