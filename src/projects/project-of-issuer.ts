import { isWellFormedText } from "../shared/well-formed-text.js";
import { issuerLocation } from "./issuer-location.js";
import type { ProjectStore } from "./project-store.js";

/** What the `iss` of a token says about its project; null: nothing. */
export interface IssuerLookup {
  location: string | null;
  /** Id in an issuer below the public URL. */
  projectId: string | null;
}

/** Prepares an unverified `iss` for `projectOfIssuer`. Text that the databases cannot store names no project. */
export function lookupOf(projects: ProjectStore, issuer: string): IssuerLookup {
  if (!isWellFormedText(issuer)) return { location: null, projectId: null };
  const prefix = projects.defaultIssuerOf("");
  const projectId = issuer.startsWith(prefix) ? issuer.slice(prefix.length) : null;
  return { location: issuerLocation(issuer), projectId: projectId?.replace(/\/$/, "") ?? null };
}

/**
 * SQL of the id of the project that has an issuer, or that had it: whoever reads the project must compare its issuers.
 * @param lookup the parameters with the fields of an `IssuerLookup`
 */
export function projectOfIssuer(lookup: { location: string; projectId: string }): string {
  return `COALESCE(
    (SELECT project_id FROM projects WHERE project_id = ${lookup.projectId} AND issuer IS NULL),
    (SELECT project_id FROM project_issuers WHERE location = ${lookup.location}))`;
}
