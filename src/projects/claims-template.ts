import type { JsonObject } from "../shared/trusted-metadata.js";
import type { Expression } from "./template-expression.js";
import type { TemplateLanguage, TemplatePath } from "./template-language.js";
import { parseTemplate } from "./template-parser.js";

/**
 * A claims template is JSON with placeholders. In value position, as in
 * `{ "user_id": {{ client.trusted_metadata.user_id }} }`, a placeholder stands for the JSON value itself. In
 * a string, as in `"user:{{ client.client_id }}"`, it stands for the value's text: a string as it is, any
 * other value as JSON. Values are put into the parsed template, so none can change its structure. What
 * contains a placeholder without a value is left out.
 */
export class ClaimsTemplate<Values extends object> {
  private constructor(
    private readonly claims: Expression,
    /** Of the values that placeholders name, whether they end up in the claims or not. */
    readonly paths: readonly TemplatePath[],
  ) {}

  /** @throws ClaimsTemplateError */
  static parse<Values extends object>(
    template: string,
    language: TemplateLanguage<Values>,
  ): ClaimsTemplate<Values> {
    const { claims, paths } = parseTemplate(template, language);
    return new ClaimsTemplate<Values>(claims, paths);
  }

  render(values: Values): JsonObject {
    return this.claims(values) as JsonObject;
  }
}
