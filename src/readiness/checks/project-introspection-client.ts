import { Project } from "../../projects/project.entity.js";
import { isActiveClient } from "../active-client.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const projectIntrospectionClient: DataCheck = {
  id: "project-introspection-client",
  level: "ERROR",
  target: "project",
  what: "The client that introspects tokens of the project is inactive or has ended",
  why: "Introspection is refused, so that the services behind it refuse every token.",
  whatToDo: "Activate the client, or name another one as `introspectionClientId`.",
  docs: "apis-and-grants.md#let-an-api-ask-about-a-token",
  find: rows({
    entity: Project,
    id: "projectId",
    where: ({ now }) => [
      `target.introspectionClientId IS NOT NULL AND NOT ${isActiveClient("introspectionClientId")}`,
      { now },
    ],
    rest: ({ introspectionClientId }) =>
      `introspects as ${introspectionClientId}, which gets no answers`,
  }),
};
