import { z } from "zod";
import { LATEST_DATE } from "./clock.js";
import { badUserInput } from "./errors.js";
import { isWellFormedText, NOT_WELL_FORMED } from "./well-formed-text.js";

/**
 * Checks an operation's input against its rules. The first problem becomes BAD_USER_INPUT with its
 * path; no message repeats a value.
 */
export function validate<Rules extends z.ZodType>(
  rules: Rules,
  input: unknown,
  at: ReadonlyArray<string | number> = ["input"],
): z.output<Rules> {
  const result = rules.safeParse(input);
  if (result.success) return result.data;
  const problem = result.error.issues[0];
  const path = (problem?.path ?? []).map((part) =>
    typeof part === "symbol" ? String(part) : part,
  );
  throw badUserInput([...at, ...path], problem?.message ?? "Invalid input");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** A single line of text for people. */
export function singleLine(min: number, max: number) {
  return z
    .string()
    .min(min, `Must have at least ${min} character${min === 1 ? "" : "s"}`)
    .max(max, `Must have at most ${max} characters`)
    .refine((text) => text === "" || text.trim() !== "", "Must not be blank")
    .refine((text) => !CONTROL_CHARACTER.test(text), "Must not contain control characters")
    .refine(isWellFormedText, NOT_WELL_FORMED);
}

/** Text for people that may have several lines. */
export function multiLine(max: number) {
  return z
    .string()
    .max(max, `Must have at most ${max} characters`)
    .refine(isWellFormedText, NOT_WELL_FORMED);
}

/** An id to look something up by: whatever it is, it is either found or not. */
export const idToLookUp = z
  .string()
  .max(1024, "Must have at most 1024 characters")
  .refine(isWellFormedText, NOT_WELL_FORMED);

/** A time that both databases can hold: years of four digits, whatever the time zone. */
export const timestamp = z.date().max(LATEST_DATE, "Must be before the year 10000");

export const idempotencyKey = singleLine(1, 255).nullish();

export const expectedVersion = z.number().int().positive("Must be positive").nullish();

/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export const scopeToken = z
  .string()
  .min(1, "A scope must not be empty")
  .max(255, "A scope must have at most 255 characters")
  .regex(SCOPE_TOKEN, "A scope has printable ASCII characters without space, quote, backslash");

export const MAX_SCOPES = 100;

export function scopeList(max: number) {
  return z
    .array(scopeToken)
    .max(max, `There may be at most ${max} scopes`)
    .transform((list) => [...new Set(list)]);
}

export const scopes = scopeList(MAX_SCOPES);
