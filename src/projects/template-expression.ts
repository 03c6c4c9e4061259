import { numberProblem, toExactNumber } from "../shared/exact-numbers.js";
import { isWellFormedText, NOT_WELL_FORMED } from "../shared/well-formed-text.js";
import { TemplateProblem } from "./claims-template-error.js";
import { parseRequestPath, REQUEST } from "./request-placeholder.js";
import type { PlaceholderContext, RequestValues, TemplatePath } from "./template-language.js";

/** Computes a part of the claims; undefined if it has no value. */
export type Expression = (values: object) => unknown;

/** A string of JSON; its parser judges escape sequences and control characters. */
export const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
/** As WorkOS documents constants: in a string of JSON, these quotes need no backslash. */
const SINGLE_QUOTED = String.raw`'[^'"\\\x00-\x1f]*'`;
const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const NAME = String.raw`[^\s.{}"'|[\]]+`;

const CONSTANT = new RegExp(
  String.raw`\s*(${STRING}|${SINGLE_QUOTED}|${NUMBER}|true|false)(?=\s*(?:\|\||\}\}))`,
  "ys",
);
const WHITE_SPACE = /\s*/y;
const FIRST_NAME = new RegExp(String.raw`\s*(${NAME})`, "y");
const NEXT_NAME = new RegExp(
  String.raw`\.(${NAME})|\[\s*(${STRING}|${SINGLE_QUOTED}|\d+)\s*\]`,
  "ys",
);
const OR = /\s*\|\|/y;
const END = /\s*\}\}/y;

const CONSTANT_RULE = "A constant after || is a text in quotes ('free'), a number, true or false";

const QUOTES_ARE_ESCAPED =
  'Within a string, its double quotes must be escaped, such as {{ client.trusted_metadata[\\"a.b\\"] }}';

/** What a message may repeat: a short name, which is no constant. */
const SHORT_NAME = /^(?=.{1,40}$)[a-z_]\w*(?:\.\w+)+$/i;

/**
 * Parses a placeholder.
 * @param start where its `{{` is in the text
 * @returns its expression, and the index after its `}}`
 * @throws TemplateProblem
 */
export function parsePlaceholder(
  text: string,
  start: number,
  context: PlaceholderContext,
): { expression: Expression; end: number } {
  return new ExpressionParser(text, start, context).parse();
}

/**
 * expression = operand *( "||" operand )
 * operand    = constant / name *( "." name / "[" string "]" / "[" index "]" )
 */
class ExpressionParser {
  #position: number;
  /** Whether an operand is no request parameter. */
  #hasOtherOperand = false;

  constructor(
    private readonly text: string,
    private readonly start: number,
    private readonly context: PlaceholderContext,
  ) {
    this.#position = start + "{{".length;
  }

  parse(): { expression: Expression; end: number } {
    const operands: Expression[] = [];
    do operands.push(this.#operand(operands.length > 0));
    while (this.#take(OR));
    if (!this.#take(END)) {
      throw this.text.includes("}}", this.#position)
        ? new TemplateProblem(
            'A placeholder must have the form {{ name }} or {{ name || name || "constant" }}',
            this.#position,
          )
        : new TemplateProblem(
            "A placeholder is not closed by }}",
            this.start,
            this.#endsAtQuote() ? QUOTES_ARE_ESCAPED : undefined,
          );
    }
    return { expression: (values) => firstValue(operands, values), end: this.#position };
  }

  #operand(isFallBack: boolean): Expression {
    this.#take(WHITE_SPACE);
    const start = this.#position;
    const constant = this.#take(CONSTANT)?.[1];
    if (constant !== undefined) {
      const value = parseConstant(constant, start);
      this.#hasOtherOperand = true;
      return () => value;
    }
    const path: string[] = [];
    let name = this.#take(FIRST_NAME);
    while (name) {
      path.push(name[2] === undefined ? String(name[1]) : String(parseConstant(name[2], start)));
      name = this.#take(NEXT_NAME);
    }
    if (this.context.hasRequest && path[0] === REQUEST && path.length > 1) {
      const parameter = parseRequestPath(path, start, this.#hasOtherOperand, this.context.names);
      return (values) => (values as RequestValues).request(parameter);
    }
    this.#assertKnown(path, start, isFallBack);
    this.#hasOtherOperand = true;
    this.context.paths.push(path);
    return (values) => lookUp(path, values);
  }

  #assertKnown(path: readonly string[], start: number, isFallBack: boolean): void {
    const { known, hasRequest } = this.context;
    const isKnown = known.some(({ name, isObject }) => {
      const parts = name.split(".");
      const isNamed = parts.every((part, index) => part === path[index]);
      return isNamed && (isObject || path.length === parts.length);
    });
    if (isKnown) return;
    const names = [
      ...known.map(({ name }) => name),
      ...(hasRequest ? [`${REQUEST}.<parameter>`] : []),
    ].join(", ");
    const objects = known.filter(({ isObject }) => isObject).map(({ name }) => name);
    const isConstant = isFallBack && path.length < 2;
    throw new TemplateProblem(
      `${isConstant ? "" : unknown(path)}A placeholder must name one of ${names} or a path below ${objects.join(", ")}`,
      start,
      isConstant ? CONSTANT_RULE : undefined,
    );
  }

  /** Whether the string that contains the placeholder ends where a key in brackets would begin. */
  #endsAtQuote(): boolean {
    return this.text.slice(this.#position).trim() === "[";
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.text);
    if (match) this.#position = pattern.lastIndex;
    return match;
  }
}

function unknown(path: readonly string[]): string {
  const name = path.join(".");
  return SHORT_NAME.test(name) ? `${name} is unknown. ` : "";
}

/** A missing value and null have the next operand as fall-back. */
function firstValue(operands: readonly Expression[], values: object): unknown {
  for (const operand of operands) {
    const value = operand(values);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function parseConstant(constant: string, start: number): unknown {
  const json = constant.startsWith("'") ? `"${constant.slice(1, -1)}"` : constant;
  const problem = json.startsWith('"') ? null : numberProblemOf(json);
  if (problem !== null) throw new TemplateProblem(problem, start);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new TemplateProblem("A constant in a placeholder must be JSON", start);
  }
  if (typeof value === "string" && !isWellFormedText(value)) {
    throw new TemplateProblem(NOT_WELL_FORMED, start);
  }
  return value;
}

function numberProblemOf(constant: string): string | null {
  return constant === "true" || constant === "false"
    ? null
    : numberProblem(toExactNumber(constant));
}

/** Finds neither inherited members nor those that JSON does not contain, such as a list's `length`. */
export function lookUp(path: TemplatePath, values: object): unknown {
  let value: unknown = values;
  for (const name of path) {
    if (value === null || typeof value !== "object") return undefined;
    if (!Object.prototype.propertyIsEnumerable.call(value, name)) return undefined;
    value = value[name as never];
  }
  return value;
}
