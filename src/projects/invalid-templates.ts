import { IsNull, Not } from "typeorm";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { ClaimsTemplate } from "./claims-template.js";
import { ClaimsTemplateError } from "./claims-template-error.js";
import { Project } from "./project.entity.js";
import { M2M_TEMPLATE, SESSION_TEMPLATE, type TemplateLanguage } from "./template-language.js";

/**
 * Finds templates that a former version has stored and this one cannot parse. The tokens that they are for
 * are refused.
 */
export async function findInvalidTemplates(unitOfWork: UnitOfWork) {
  const projects = await unitOfWork.read.find(Project, {
    select: { projectId: true, claimsTemplate: true, sessionClaimsTemplate: true },
    where: [{ claimsTemplate: Not(IsNull()) }, { sessionClaimsTemplate: Not(IsNull()) }],
  });
  return projects.flatMap((project) =>
    invalidTemplatesOf(project).map((field) => ({ projectId: project.projectId, field })),
  );
}

export function invalidTemplatesOf({
  claimsTemplate,
  sessionClaimsTemplate,
}: Pick<Project, "claimsTemplate" | "sessionClaimsTemplate">): string[] {
  return [
    ...(isValid(claimsTemplate, M2M_TEMPLATE) ? [] : ["claimsTemplate"]),
    ...(isValid(sessionClaimsTemplate, SESSION_TEMPLATE) ? [] : ["sessionClaimsTemplate"]),
  ];
}

function isValid<Values extends object>(
  template: string | null,
  language: TemplateLanguage<Values>,
): boolean {
  try {
    if (template !== null) ClaimsTemplate.parse(template, language);
    return true;
  } catch (error) {
    if (error instanceof ClaimsTemplateError) return false;
    throw error;
  }
}
