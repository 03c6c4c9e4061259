import { LRUCache } from "lru-cache";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ClaimsTemplate } from "./claims-template.js";
import { ClaimsTemplateError } from "./claims-template-error.js";
import type { TemplateLanguage, TemplatePath } from "./template-language.js";

export const MAX_RENDERED_BYTES = 4096;

/** Parsed templates by language and text. Never stale, since the text determines the result. */
const parsedTemplates = new LRUCache<string, ClaimsTemplate<never>>({ max: 1000 });

function parseTemplate<Values extends object>(
  template: string,
  language: TemplateLanguage<Values>,
): ClaimsTemplate<Values> {
  const key = `${language.name} ${template}`;
  const cached = parsedTemplates.get(key);
  if (cached) return cached;
  const parsed = ClaimsTemplate.parse(template, language);
  parsedTemplates.set(key, parsed);
  return parsed;
}

/**
 * The paths of the values that a template's placeholders name: what can become claims, whatever a request asks for.
 * @param template null: no claims
 * @throws ClaimsTemplateError
 */
export function pathsInTemplate<Values extends object>(
  template: string | null,
  language: TemplateLanguage<Values>,
): readonly TemplatePath[] {
  return template === null ? [] : parseTemplate(template, language).paths;
}

/**
 * Renders a claims template.
 * @param template null: no claims
 * @param path path of the template in the operation's arguments; absent for the project's template
 * @param extraBytes how much longer the claims may be, for values whose length is not the template's fault
 * @throws BAD_USER_INPUT for an invalid template, and for claims of more than 4096 bytes
 */
export function renderClaims<Values extends object>(
  template: string | null,
  language: TemplateLanguage<Values>,
  values: Values,
  path?: ErrorDetails["path"],
  extraBytes = 0,
): JsonObject {
  if (template === null) return {};
  const invalidTemplate = (message: string) =>
    new CountersignError("BAD_USER_INPUT", message, { ...(path && { path }) });
  let claims: JsonObject;
  try {
    claims = parseTemplate(template, language).render(values);
  } catch (error) {
    throw error instanceof ClaimsTemplateError ? invalidTemplate(error.message) : error;
  }
  if (Buffer.byteLength(JSON.stringify(claims)) > MAX_RENDERED_BYTES + extraBytes) {
    throw invalidTemplate(
      `The claims that the template renders must have at most ${MAX_RENDERED_BYTES + extraBytes} bytes`,
    );
  }
  return claims;
}
