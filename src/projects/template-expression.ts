import type { TemplatePlaceholder } from "./template-language.js";

/** A template is invalid. The message is for its author. */
export class ClaimsTemplateError extends Error {
  override readonly name = "ClaimsTemplateError";
}

/** Computes a part of the claims; undefined if it has no value. */
export type Expression = (values: object) => unknown;

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const NAME = String.raw`[^\s.{}"'|[\]]+`;

const CONSTANT = new RegExp(
  String.raw`\s*(${STRING}|${NUMBER}|true|false)(?=\s*(?:\|\||\}\}))`,
  "ys",
);
const FIRST_NAME = new RegExp(String.raw`\s*(${NAME})`, "y");
const NEXT_NAME = new RegExp(String.raw`\.(${NAME})|\[\s*(${STRING})\s*\]`, "ys");
const OR = /\s*\|\|/y;
const END = /\s*\}\}/y;

/** A quote that begins no string ends the search: looking for strings after it would take quadratic time. */
const UNCLOSED = '"';
const STRING_OR_START = new RegExp(`${STRING}|${UNCLOSED}|\\{\\{`, "gs");
const START = /\{\{/g;

const CONSTANTS_ARE_JSON =
  'A constant after || must be JSON: a text in double quotes ("free", within a string \\"free\\"), a number, true or false';

/** What a message may repeat: a short name, which is no constant. */
const SHORT_NAME = /^(?=.{1,40}$)[a-z_]\w*(?:\.\w+)+$/i;

/**
 * Splits a text into the expressions of its placeholders and what is between them.
 * @param kind `json`: quoted strings have no placeholders, since each is split by itself
 * @throws ClaimsTemplateError
 */
export function splitPlaceholders(
  text: string,
  kind: "json" | "string",
  known: readonly TemplatePlaceholder[],
): (string | Expression)[] {
  const pattern = new RegExp(kind === "json" ? STRING_OR_START : START);
  const parts: (string | Expression)[] = [];
  let textStart = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === UNCLOSED) break;
    if (match[0] !== "{{") continue;
    const { expression, end } = new ExpressionParser(text, pattern.lastIndex, known).parse();
    parts.push(text.slice(textStart, match.index), expression);
    textStart = end;
    pattern.lastIndex = end;
  }
  return [...parts, text.slice(textStart)].filter((part) => part !== "");
}

/**
 * expression = operand *( "||" operand )
 * operand    = constant / name *( "." name / "[" string "]" )
 */
class ExpressionParser {
  constructor(
    private readonly text: string,
    private position: number,
    private readonly known: readonly TemplatePlaceholder[],
  ) {}

  /** @returns the expression, and the position after its `}}` */
  parse(): { expression: Expression; end: number } {
    const operands: Expression[] = [];
    do operands.push(this.#operand(operands.length > 0));
    while (this.#take(OR));
    if (!this.#take(END)) {
      throw new ClaimsTemplateError(
        this.text.includes("}}", this.position)
          ? 'A placeholder must have the form {{ name }} or {{ name || name || "constant" }}'
          : "A placeholder is not closed by }}",
      );
    }
    return { expression: (values) => firstValue(operands, values), end: this.position };
  }

  #operand(isFallBack: boolean): Expression {
    const constant = this.#take(CONSTANT)?.[1];
    if (constant !== undefined) {
      const value = parseConstant(constant);
      return () => value;
    }
    const path: string[] = [];
    let name = this.#take(FIRST_NAME);
    while (name) {
      path.push(name[2] === undefined ? String(name[1]) : String(parseConstant(name[2])));
      name = this.#take(NEXT_NAME);
    }
    this.#assertKnown(path, isFallBack);
    return (values) => lookUp(path, values);
  }

  #assertKnown(path: readonly string[], isFallBack: boolean): void {
    const named = path.slice(0, 2).join(".");
    const variable = this.known.find(({ name }) => name === named);
    if (variable && (variable.isObject || path.length === 2)) return;
    const names = this.known.map(({ name }) => name).join(", ");
    const objects = this.known.filter(({ isObject }) => isObject).map(({ name }) => name);
    const isConstant = isFallBack && path.length < 2;
    throw new ClaimsTemplateError(
      `A placeholder must name one of ${names}${isConstant ? "" : repeated(path)} or a path below ${objects.join(", ")}` +
        (isConstant ? `. ${CONSTANTS_ARE_JSON}` : ""),
    );
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match) this.position = pattern.lastIndex;
    return match;
  }
}

function repeated(path: readonly string[]): string {
  const name = path.join(".");
  return SHORT_NAME.test(name) ? ` (not ${name})` : "";
}

/** A missing value and null have the next operand as fall-back. */
function firstValue(operands: readonly Expression[], values: object): unknown {
  for (const operand of operands) {
    const value = operand(values);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function parseConstant(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ClaimsTemplateError("A constant in a placeholder must be JSON");
  }
}

/** Finds neither inherited members nor those that JSON does not contain, such as a list's `length`. */
function lookUp(path: readonly string[], values: object): unknown {
  let value: unknown = values;
  for (const name of path) {
    if (value === null || typeof value !== "object") return undefined;
    if (!Object.prototype.propertyIsEnumerable.call(value, name)) return undefined;
    value = value[name as never];
  }
  return value;
}
