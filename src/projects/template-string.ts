import { isWellFormedText, NOT_WELL_FORMED } from "../shared/well-formed-text.js";
import { TemplateProblem } from "./claims-template-error.js";
import { REQUEST } from "./request-placeholder.js";
import { type Expression, parsePlaceholder } from "./template-expression.js";
import type { PlaceholderContext } from "./template-language.js";

/**
 * Parses a string of a template, in which placeholders stand for text.
 * @param json the string with its quotes
 * @param start where it begins in the template
 * @throws TemplateProblem
 */
export function parseTemplateString(
  json: string,
  start: number,
  context: PlaceholderContext,
): Expression {
  const text = parseJsonString(json, start);
  let parts: (string | Expression)[];
  try {
    parts = splitPlaceholders(text, context);
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    throw error.moveTo(start + indexInJson(json, error.index));
  }
  if (parts.every((part) => typeof part === "string")) return () => text;
  return (values) => {
    let result = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : part(values);
      if (value === undefined) return undefined;
      result += typeof value === "string" ? value : JSON.stringify(value);
    }
    return result;
  };
}

/** @throws TemplateProblem for an unknown escape sequence, and for what no database stores */
export function parseJsonString(json: string, start: number): string {
  let text: string;
  try {
    text = JSON.parse(json) as string;
  } catch {
    throw new TemplateProblem("A string must be JSON", start);
  }
  if (!isWellFormedText(text)) throw new TemplateProblem(NOT_WELL_FORMED, start);
  return text;
}

function splitPlaceholders(text: string, context: PlaceholderContext): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  for (let position = 0; position < text.length; ) {
    const next = text.indexOf("{{", position);
    const constant = text.slice(position, next < 0 ? text.length : next);
    assertConstant(constant, position, context);
    parts.push(constant);
    if (next < 0) break;
    const { expression, end } = parsePlaceholder(text, next, context);
    parts.push(expression);
    position = end;
  }
  return parts;
}

/** Placeholders of other languages: they would be in every token as they are. */
const FOREIGN = /\}\}|\{%|%\}|<%|%>|\$\{/;

/** @throws TemplateProblem for text that looks like a placeholder and is none */
function assertConstant(
  constant: string,
  position: number,
  { known, hasRequest }: PlaceholderContext,
): void {
  const index = constant.search(FOREIGN);
  if (index >= 0) {
    throw new TemplateProblem(
      constant.startsWith("}}", index)
        ? "These braces close no placeholder"
        : "A placeholder must have the form {{ name }}",
      position + index,
    );
  }
  for (const brace of constant.matchAll(/\{\s*/g)) {
    const name = constant.slice(brace.index + brace[0].length);
    const isRequest = hasRequest && name.startsWith(`${REQUEST}.`);
    if (!isRequest && !known.some((placeholder) => name.startsWith(placeholder.name))) continue;
    throw new TemplateProblem("A placeholder has two braces on each side", position + brace.index);
  }
}

/** @returns the index in a JSON string of a character of its text */
function indexInJson(json: string, index: number): number {
  const characters = json.slice(1, -1).matchAll(/\\u[\da-fA-F]{4}|\\.|[^\\]/gs);
  return 1 + [...characters].slice(0, index).reduce((length, [text]) => length + text.length, 0);
}
