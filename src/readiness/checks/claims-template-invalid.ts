import { invalidTemplatesOf } from "../../projects/invalid-templates.js";
import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { each } from "../listed-findings.js";

export const claimsTemplateInvalid: DataCheck = {
  id: "claims-template-invalid",
  level: "ERROR",
  target: "project",
  what: "This version cannot parse a claims template",
  why: "Tokens that it is for are refused.",
  whatToDo: "Set the template again; previews show what is wrong.",
  docs: "claims-templates.md#what-is-refused",
  find: each({
    entity: Project,
    id: "projectId",
    rest: (project) => {
      const fields = invalidTemplatesOf(project);
      return fields.length > 0 ? `has an invalid ${fields.join(" and ")}` : null;
    },
  }),
};
