import { Project } from "../projects/project.entity.js";
import { joinCurrentKey } from "../signing-keys/joined-keys.js";

/** The columns of a project that its sessions and their JWTs depend on, in the row of a prepared read. */
export const SESSION_PROJECT = {
  entity: Project,
  only: [
    "projectId",
    "issuer",
    "sessionTokenProfile",
    "sessionClaimsTemplate",
    "signingAlgorithm",
    "formerSigningAlgorithm",
    "maximumSessionDurationMinutes",
    "maximumSessionAgeMinutes",
  ],
} as const;

export type SessionProject = Pick<Project, (typeof SESSION_PROJECT.only)[number]>;

/** Joins the key that signs the session JWTs of a row `project` as `signingKey`. */
export const JOIN_SESSION_KEY = joinCurrentKey(
  "project.former_signing_algorithm",
  "project.signing_algorithm",
);
