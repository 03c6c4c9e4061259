import type { GraphQLFormattedError } from "graphql";
import { isLong, PORTION, takeTurn } from "../shared/turns.js";

interface Result {
  errors?: readonly GraphQLFormattedError[];
  data?: Record<string, unknown> | null;
  extensions?: Record<string, unknown>;
}

/** The JSON of an answer; where it has a long list, a portion at a time. */
export function stringifyResult(result: Result): string | Promise<string> {
  return hasLongList(result) ? stringifyInTurns(result) : JSON.stringify(result);
}

function hasLongList(value: unknown): boolean {
  if (Array.isArray(value)) return isLong(value);
  if (typeof value !== "object") return false;
  // without a list of its values, which every answer would pay for
  for (const name in value) if (hasLongList(value[name as keyof typeof value])) return true;
  return false;
}

async function stringifyInTurns(value: unknown): Promise<string> {
  if (!hasLongList(value)) return JSON.stringify(value);
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += PORTION) {
      await takeTurn();
      // of an array, so that what has no JSON becomes null
      parts.push(JSON.stringify(value.slice(at, at + PORTION)).slice(1, -1));
    }
    return `[${parts.join(",")}]`;
  }
  for (const [name, part] of Object.entries(value as object)) {
    if (part !== undefined) parts.push(`${JSON.stringify(name)}:${await stringifyInTurns(part)}`);
  }
  return `{${parts.join(",")}}`;
}
