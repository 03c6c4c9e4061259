import { memberRole, rolesThatFit } from "../organizations/organization-rules.js";
import { textOf } from "./claim-path.js";
import { leftOut, type OptionalValue } from "./left-out.js";

/**
 * Reads roles from any claim: a list, a single role, or an object whose keys are roles, such as that of Zitadel.
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
  if (Array.isArray(claim)) return claim;
  if (typeof claim !== "object") return [claim];
  return Object.entries(claim)
    .filter(([, value]) => !isDenied(value))
    .map(([role]) => role);
}

/** `{ "admin": true, "editor": false }` gives nobody the second role. */
function isDenied(value: unknown): boolean {
  return !value || (typeof value === "string" && value.toLowerCase() === "false");
}
