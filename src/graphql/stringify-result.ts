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
  return isObject(value) && Object.values(value).some(hasLongList);
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

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
