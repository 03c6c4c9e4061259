import { CountersignError, type ErrorDetails } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ClaimsTemplate, ClaimsTemplateError } from "./claims-template.js";
import type { TemplateVariables } from "./template-variables.js";

export const MAX_RENDERED_BYTES = 4096;

/**
 * What a template makes of somebody; nothing where there is none.
 * @param path of the template in the operation's arguments; a saved one has none
 * @throws BAD_USER_INPUT for what is no template, and beyond 4 KB of claims
 */
export function renderClaims<Values extends object>(
  template: string | null,
  variables: TemplateVariables<Values>,
  values: Values,
  path?: ErrorDetails["path"],
): JsonObject {
  if (template === null) return {};
  const invalidTemplate = (message: string) =>
    new CountersignError("BAD_USER_INPUT", message, { ...(path && { path }) });
  let claims: JsonObject;
  try {
    claims = ClaimsTemplate.parse(template, variables).render(values);
  } catch (error) {
    throw error instanceof ClaimsTemplateError ? invalidTemplate(error.message) : error;
  }
  if (Buffer.byteLength(JSON.stringify(claims)) > MAX_RENDERED_BYTES) {
    throw invalidTemplate(
      `The claims template makes more than ${MAX_RENDERED_BYTES} bytes of this data`,
    );
  }
  return claims;
}
