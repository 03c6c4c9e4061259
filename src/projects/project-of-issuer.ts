import { isSameIssuer, issuerLocation } from "./issuer-location.js";
import type { Project } from "./project.entity.js";
import type { ProjectIssuer } from "./project-issuer.entity.js";
import type { ProjectStore } from "./project-store.js";

/** What the `iss` of a token says about its project; null: nothing. */
export interface IssuerLookup {
  location: string | null;
  /** Id in an issuer below the public URL. */
  projectId: string | null;
}

/** Prepares an unverified `iss` for `projectOfIssuer`. */
export function lookupOf(projects: ProjectStore, issuer: string): IssuerLookup {
  const prefix = projects.defaultIssuerOf("");
  const projectId = issuer.startsWith(prefix) ? issuer.slice(prefix.length) : null;
  return { location: issuerLocation(issuer), projectId: projectId?.replace(/\/$/, "") ?? null };
}

/**
 * SQL of the id of the project that has an issuer, or that had it: whoever reads the project must ask `isIssuerOf`.
 * @param lookup the parameters with the fields of an `IssuerLookup`
 */
export function projectOfIssuer(lookup: { location: string; projectId: string }): string {
  return `COALESCE(
    (SELECT project_id FROM projects WHERE project_id = ${lookup.projectId} AND issuer IS NULL),
    (SELECT project_id FROM project_issuers WHERE location = ${lookup.location}))`;
}

/**
 * Whether the project's tokens may have this `iss`: its issuer, or a former one until its last token has expired. A slash
 * at the end makes no difference, since the project may have added or removed it.
 * @param atLocation the issuer at the location of `iss`; null: no project has, or had, one of its own there
 */
export function isIssuerOf(
  projects: ProjectStore,
  project: Pick<Project, "projectId" | "issuer">,
  atLocation: Pick<ProjectIssuer, "projectId" | "endsAt"> | null,
  iss: string,
  now: Date,
): boolean {
  if (isSameIssuer(projects.issuerFor(project), iss)) return true;
  if (atLocation?.projectId !== project.projectId) return false;
  return atLocation.endsAt === null || atLocation.endsAt > now;
}
