import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

const DAY_SECONDS = 86_400;

export const maximumTokenLifetime: DataCheck = {
  id: "maximum-token-lifetime",
  level: "NOTICE",
  target: "project",
  what: "A project allows access tokens of more than a day",
  why: "Whoever may change clients can give one a token for so long.",
  whatToDo: "Lower `maximumAccessTokenLifetimeSeconds` of the project.",
  docs: "apis-and-grants.md#how-long-tokens-live",
  find: rows({
    entity: Project,
    id: "projectId",
    where: () => ["target.maximumAccessTokenLifetimeSeconds > :seconds", { seconds: DAY_SECONDS }],
    rest: ({ maximumAccessTokenLifetimeSeconds: seconds }) => `allows tokens of ${seconds} seconds`,
  }),
};
