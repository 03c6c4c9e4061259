import { z } from "zod";
import { LATEST_DATE } from "./clock.js";
import { badUserInput } from "./errors.js";
import { MAX_TOKEN_LENGTH } from "./token-length.js";
import { isWellFormedText, NOT_WELL_FORMED } from "./well-formed-text.js";

/**
 * Checks an operation's input against its rules. Null counts as absent. No message contains an input value.
 * @throws BAD_USER_INPUT with the path of the first problem
 */
export function validate<Rules extends z.ZodType>(
  rules: Rules,
  input: unknown,
  basePath: ReadonlyArray<string | number> = ["input"],
): z.output<Rules> {
  return check(rules, isPlainInput(input) ? withoutNulls(input) : input, basePath);
}

/**
 * Checks the input of an update: an absent field stays unchanged, and null clears a field whose rule takes
 * null. Some generated clients send null for every field that is not set.
 * @throws BAD_USER_INPUT with the path of the first problem
 */
export function validateChange<Rules extends z.ZodObject>(
  rules: Rules,
  input: object,
): z.output<Rules> {
  const unclearable = Object.entries(input).find(
    ([field, value]) => value === null && rules.shape[field]?.safeParse(null).success === false,
  );
  if (unclearable) throw badUserInput(["input", unclearable[0]], UNCLEARABLE);
  return check(rules, input, ["input"]);
}

const UNCLEARABLE =
  "Cannot be null: leave the field out to keep its value; an empty list clears a list, and null for a key of metadata deletes the key. A client that sends null for what is not set must leave the field out (Go: omitempty, Rust: skip_serializing_none, Java: NON_NULL)";

function isPlainInput(input: unknown): input is object {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function withoutNulls(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function check<Rules extends z.ZodType>(
  rules: Rules,
  input: unknown,
  basePath: ReadonlyArray<string | number>,
): z.output<Rules> {
  const result = rules.safeParse(input);
  if (result.success) return result.data;
  const problem = result.error.issues[0];
  const path = (problem?.path ?? []).map((part) =>
    typeof part === "symbol" ? String(part) : part,
  );
  throw badUserInput([...basePath, ...path], problem?.message ?? "Invalid input");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches control characters on purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Text of one line that people read. */
export function singleLine(min: number, max: number) {
  return z
    .string()
    .min(min, `Must have at least ${min} character${min === 1 ? "" : "s"}`)
    .max(max, `Must have at most ${max} characters`)
    .refine((text) => text === "" || text.trim() !== "", "Must not be blank")
    .refine((text) => !CONTROL_CHARACTER.test(text), "Must not contain control characters")
    .refine(isWellFormedText, NOT_WELL_FORMED);
}

/** Unlike in a line that people read, two texts that look the same must be the same: nothing goes unseen. */
const EXACT_TEXT =
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+(?<!\s)$/u;

/** Text of somebody else that is only compared, such as an id. */
export function exactText(max: number) {
  return z
    .string()
    .min(1, "Must have at least 1 character")
    .max(max, `Must have at most ${max} characters`)
    .regex(
      EXACT_TEXT,
      "Must be printable, on one line, without invisible characters, and without white space at its beginning and end",
    );
}

/** Text that people read and that may have several lines. */
export function multiLine(max: number) {
  return z
    .string()
    .max(max, `Must have at most ${max} characters`)
    .refine(isWellFormedText, NOT_WELL_FORMED);
}

/** An id for a lookup. Its form is not checked: an id in another form is not found. */
export const MAX_ID_LENGTH = 1024;
export const idToLookUp = z
  .string()
  .max(MAX_ID_LENGTH, `Must have at most ${MAX_ID_LENGTH} characters`)
  .refine(isWellFormedText, NOT_WELL_FORMED);

/** A token, whose form its verifier checks. */
export const tokenText = z
  .string()
  .min(1, "Must not be empty")
  .max(MAX_TOKEN_LENGTH, `Must have at most ${MAX_TOKEN_LENGTH} characters`);

/** A time that both databases can store: the year has four digits in every time zone. */
export const timestamp = z
  .date()
  .max(LATEST_DATE, `Must not be after ${LATEST_DATE.toISOString().replace(".000", "")}`);

export const idempotencyKey = singleLine(1, 255).nullish();

export const expectedVersion = z.number().int().positive("Must be positive").nullish();

/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const MAX_SCOPE_LENGTH = 255;

export const scopeToken = z
  .string()
  .min(1, "A scope must not be empty")
  .max(MAX_SCOPE_LENGTH, `A scope must have at most ${MAX_SCOPE_LENGTH} characters`)
  .regex(
    SCOPE_TOKEN,
    "A scope must be printable ASCII without spaces, double quotes and backslashes",
  );

export const MAX_SCOPES = 100;

export function scopeList(max: number) {
  return z
    .array(scopeToken)
    .max(max, `Must contain at most ${max} scopes`)
    .transform((list) => [...new Set(list)]);
}

export const scopes = scopeList(MAX_SCOPES);

/** Scopes as one text (RFC 6749 section 3.3), with the limits of a list of them. */
export function scopeText(max: number) {
  return z
    .string()
    .max(max * (MAX_SCOPE_LENGTH + 1), `Must contain at most ${max} scopes`)
    .transform((text) => text.split(" ").filter((scope) => scope !== ""))
    .pipe(scopeList(max));
}
