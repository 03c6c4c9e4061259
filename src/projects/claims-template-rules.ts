import { z } from "zod";
import { ClaimsTemplate } from "./claims-template.js";
import { ClaimsTemplateError } from "./claims-template-error.js";
import type { TemplateLanguage } from "./template-language.js";

/** A claims template as input: it is parsed, so that no token meets an invalid one. */
export function claimsTemplateText<Values extends object>(language: TemplateLanguage<Values>) {
  return z.string().superRefine((template, context) => {
    try {
      ClaimsTemplate.parse(template, language);
    } catch (error) {
      if (!(error instanceof ClaimsTemplateError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });
}
