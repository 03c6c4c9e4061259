import { Project } from "../../projects/project.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

const HOUR_SECONDS = 3600;

export const projectTokenLifetime: DataCheck = {
  id: "project-token-lifetime",
  level: "WARNING",
  target: "project",
  what: "Access tokens live longer than an hour",
  why: "A stolen token is good until it expires, since most services verify it without asking this server.",
  whatToDo:
    "Lower the project's `accessTokenLifetimeSeconds`; programs fetch the next token by themselves.",
  docs: "apis-and-grants.md#how-long-tokens-live",
  find: rows({
    entity: Project,
    id: "projectId",
    where: () => ["target.accessTokenLifetimeSeconds > :seconds", { seconds: HOUR_SECONDS }],
    rest: ({ accessTokenLifetimeSeconds }) =>
      `gives tokens of ${accessTokenLifetimeSeconds} seconds`,
  }),
};
