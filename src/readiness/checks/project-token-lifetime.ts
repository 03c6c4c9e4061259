import { Project } from "../../projects/project.entity.js";
import { tokenLifetimeCheck } from "../token-lifetime.js";

export const projectTokenLifetime = tokenLifetimeCheck(Project, "projectId", {
  id: "project-token-lifetime",
  target: "project",
  whatToDo:
    "Lower the project's `accessTokenLifetimeSeconds`; programs fetch the next token by themselves.",
});
