import { numberProblem, toExactNumber } from "../shared/exact-numbers.js";
import { ClaimsTemplateError, TemplateProblem } from "./claims-template-error.js";
import { hasOuterSpace, OUTER_SPACE } from "./reserved-claims.js";
import { type Expression, parsePlaceholder, STRING } from "./template-expression.js";
import {
  type PlaceholderContext,
  placeholdersOf,
  type TemplateLanguage,
  type TemplatePath,
} from "./template-language.js";
import { parseJsonString, parseTemplateString } from "./template-string.js";

export const MAX_TEMPLATE_LENGTH = 4096;
const MAX_DEPTH = 16;

const WHITE_SPACE = /[ \t\n\r]*/y;
const QUOTED = new RegExp(STRING, "ys");
const WORD = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const MUST_BE_JSON =
  "Must be JSON, with unquoted {{ placeholders }} only where JSON allows a value";
const IS_NOT_A_NAME = "A placeholder must stand for a value, not for a name";

interface ParsedTemplate {
  claims: Expression;
  /** Of the values that placeholders name. */
  paths: readonly TemplatePath[];
}

/** @throws ClaimsTemplateError with line and column */
export function parseTemplate<Values extends object>(
  template: string,
  language: TemplateLanguage<Values>,
): ParsedTemplate {
  if (template.length > MAX_TEMPLATE_LENGTH) {
    throw new ClaimsTemplateError(`Must have at most ${MAX_TEMPLATE_LENGTH} characters`);
  }
  try {
    return new TemplateParser(template, language).parse();
  } catch (error) {
    throw error instanceof TemplateProblem ? error.locate(template) : error;
  }
}

/** RFC 8259, with placeholders as values and in strings, and without duplicate names. */
class TemplateParser<Values extends object> {
  #position = 0;
  /** Of the value at the position. */
  readonly #names: string[] = [];
  readonly #context: PlaceholderContext;

  constructor(
    private readonly text: string,
    private readonly language: TemplateLanguage<Values>,
  ) {
    const { hasRequest } = language;
    const known = placeholdersOf(language);
    this.#context = { known, hasRequest, names: this.#names, paths: [] };
  }

  parse(): ParsedTemplate {
    const isObject = /^\s*\{(?!\{)/.test(this.text);
    const start = this.#next();
    const claims = this.#value(0);
    if (this.#next() < this.text.length) throw new TemplateProblem(MUST_BE_JSON, this.#position);
    if (!isObject) throw new TemplateProblem("Must be a JSON object", start);
    return { claims, paths: this.#context.paths };
  }

  #value(depth: number): Expression {
    const start = this.#next();
    if (depth > MAX_DEPTH) {
      throw new TemplateProblem(`Must not nest deeper than ${MAX_DEPTH} levels`, start);
    }
    if (this.text.startsWith("{{", start)) return this.#placeholder();
    if (this.#skip("{")) return this.#object(depth);
    if (this.#skip("[")) return this.#list(depth);
    const string = this.#take(QUOTED);
    if (string !== undefined) return parseTemplateString(string, start, this.#context);
    const constant = this.#take(WORD) ?? this.#number();
    if (constant === undefined) throw new TemplateProblem(MUST_BE_JSON, start);
    const value: unknown = JSON.parse(constant);
    return () => value;
  }

  #placeholder(): Expression {
    const { expression, end } = parsePlaceholder(this.text, this.#position, this.#context);
    this.#position = end;
    return expression;
  }

  /** The brace has been read. */
  #object(depth: number): Expression {
    const members = new Map<string, Expression>();
    if (!this.#skip("}")) {
      do {
        const name = this.#name(members, depth);
        this.#expect(":");
        this.#names.push(name);
        members.set(name, this.#value(depth + 1));
        this.#names.pop();
      } while (this.#skip(","));
      this.#expect("}");
    }
    return (values) =>
      Object.fromEntries(
        [...members]
          .map(([name, member]) => [name, member(values)] as const)
          .filter(([, value]) => value !== undefined),
      );
  }

  #name(others: ReadonlyMap<string, Expression>, depth: number): string {
    const start = this.#next();
    const string = this.#take(QUOTED);
    if (string === undefined) {
      const isPlaceholder = this.text.startsWith("{{", start);
      throw new TemplateProblem(isPlaceholder ? IS_NOT_A_NAME : MUST_BE_JSON, start);
    }
    const name = parseJsonString(string, start);
    if (name.includes("{{")) throw new TemplateProblem(IS_NOT_A_NAME, start);
    if (others.has(name)) throw new TemplateProblem("Must not repeat a name", start);
    const { reservedClaims } = this.language;
    if (depth === 0 && reservedClaims.has(name)) {
      throw new TemplateProblem(
        `"${name}" is a reserved claim`,
        start,
        `Reserved are ${reservedClaims}`,
      );
    }
    if (depth === 0 && hasOuterSpace(name)) throw new TemplateProblem(OUTER_SPACE, start);
    return name;
  }

  #list(depth: number): Expression {
    const items: Expression[] = [];
    if (!this.#skip("]")) {
      do items.push(this.#value(depth + 1));
      while (this.#skip(","));
      this.#expect("]");
    }
    return (values) => items.map((item) => item(values)).filter((item) => item !== undefined);
  }

  #number(): string | undefined {
    const start = this.#position;
    const number = this.#take(NUMBER);
    const problem = number === undefined ? null : numberProblem(toExactNumber(number));
    if (problem !== null) throw new TemplateProblem(problem, start);
    return number;
  }

  /** Skips white space. @returns the position */
  #next(): number {
    this.#take(WHITE_SPACE);
    return this.#position;
  }

  #skip(character: string): boolean {
    const isNext = this.text[this.#next()] === character;
    if (isNext) this.#position += 1;
    return isNext;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) throw new TemplateProblem(MUST_BE_JSON, this.#position);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.text)?.[0];
    this.#position += match?.length ?? 0;
    return match;
  }
}
