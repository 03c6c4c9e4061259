import { randomUUID } from "node:crypto";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ClaimsTemplateError, type Expression, splitPlaceholders } from "./template-expression.js";
import {
  placeholdersOf,
  type TemplateLanguage,
  type TemplatePlaceholder,
} from "./template-language.js";

export const MAX_TEMPLATE_LENGTH = 4096;
const MAX_DEPTH = 16;

/**
 * A claims template is JSON with placeholders. In value position, as in
 * `{ "user_id": {{ client.trusted_metadata.user_id }} }`, a placeholder stands for the JSON value itself. In
 * a string, as in `"user:{{ client.client_id }}"`, it stands for the value's text: a string as it is, any
 * other value as JSON. Values are put into the parsed template, so none can change its structure. What
 * contains a placeholder without a value is left out.
 */
export class ClaimsTemplate<Values extends object> {
  private constructor(private readonly claims: Expression) {}

  /** @throws ClaimsTemplateError */
  static parse<Values extends object>(
    template: string,
    language: TemplateLanguage<Values>,
  ): ClaimsTemplate<Values> {
    if (template.length > MAX_TEMPLATE_LENGTH) {
      throw new ClaimsTemplateError(`Must have at most ${MAX_TEMPLATE_LENGTH} characters`);
    }
    const parser = new TemplateParser(placeholdersOf(language));
    const json = parser.parseJson(template);
    if (json === null || typeof json !== "object" || Array.isArray(json)) {
      throw new ClaimsTemplateError("Must be a JSON object");
    }
    const claims = parser.compile(json, 0);
    for (const name of Object.keys(json)) {
      if (language.reservedClaims.has(name)) {
        throw new ClaimsTemplateError(`"${name}" is a reserved claim`);
      }
    }
    return new ClaimsTemplate<Values>(claims);
  }

  render(values: Values): JsonObject {
    return this.claims(values) as JsonObject;
  }
}

class TemplateParser {
  /** Begins the string that takes the place of an unquoted placeholder. No template contains it. */
  readonly #mark = randomUUID();
  readonly #placeholders: Expression[] = [];

  constructor(private readonly known: readonly TemplatePlaceholder[]) {}

  parseJson(template: string): unknown {
    const json = splitPlaceholders(template, "json", this.known)
      .map((part) =>
        typeof part === "string" ? part : `"${this.#mark}${this.#placeholders.push(part) - 1}"`,
      )
      .join("");
    try {
      return JSON.parse(json);
    } catch {
      throw new ClaimsTemplateError(
        "Must be JSON, with unquoted {{ placeholders }} only where JSON allows a value",
      );
    }
  }

  compile(json: unknown, depth: number): Expression {
    if (depth > MAX_DEPTH) {
      throw new ClaimsTemplateError(`Must not nest deeper than ${MAX_DEPTH} levels`);
    }
    if (typeof json === "string") return this.#compileString(json);
    if (Array.isArray(json)) {
      const items = json.map((item) => this.compile(item, depth + 1));
      return (values) => items.map((item) => item(values)).filter((item) => item !== undefined);
    }
    if (json !== null && typeof json === "object") {
      const members = Object.entries(json).map(([name, member]) => {
        if (name.includes("{{") || name.startsWith(this.#mark)) {
          throw new ClaimsTemplateError("A placeholder must stand for a value, not for a name");
        }
        return [name, this.compile(member, depth + 1)] as const;
      });
      return (values) =>
        Object.fromEntries(
          members
            .map(([name, member]) => [name, member(values)] as const)
            .filter(([, value]) => value !== undefined),
        );
    }
    return () => json;
  }

  #compileString(text: string): Expression {
    if (text.startsWith(this.#mark)) {
      return this.#placeholders[Number(text.slice(this.#mark.length))] as Expression;
    }
    const parts = splitPlaceholders(text, "string", this.known);
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
}
