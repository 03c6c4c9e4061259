import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { Caller } from "../shared/caller.js";
import type { Api } from "./api.entity.js";

/** Path below the base URL of a project, where an API's id follows. */
export const PROTECTED_RESOURCES_PATH = "/oauth/protected-resources";

/** Protected resource metadata (RFC 9728 section 2). */
export interface ProtectedResourceMetadata {
  resource: string;
  authorization_servers: string[];
  /** Absent if the API advertises none (RFC 9728 section 3.2). */
  scopes_supported?: string[];
  bearer_methods_supported: string[];
  resource_name: string;
}

/** Describes APIs as protected resources. Checks no permissions. */
export class ProtectedResources {
  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
  ) {}

  /** @returns null if the API's identifier is no URL */
  async metadata(caller: Caller, api: Api): Promise<ProtectedResourceMetadata | null> {
    const project = await this.#projectOf(caller, api);
    return project && protectedResourceMetadata(api, this.projects.issuerFor(project));
  }

  /** @returns where everybody can read the metadata; null if the API's identifier is no URL */
  async metadataUrl(caller: Caller, api: Api): Promise<string | null> {
    const project = await this.#projectOf(caller, api);
    if (!project || !isResourceIdentifier(api.identifier)) return null;
    return `${this.projects.baseUrlFor(project)}${PROTECTED_RESOURCES_PATH}/${api.apiId}`;
  }

  async #projectOf(caller: Caller, { projectId }: Api): Promise<Project | null> {
    return this.platform.batchedReads.find(caller, Project, "projectId", projectId);
  }
}

/**
 * Says only what this server knows. Whether the API checks DPoP proofs or signs its answers is for the API to say.
 * @returns null if the API's identifier is no URL
 */
export function protectedResourceMetadata(
  { identifier, name, advertisedScopes }: Api,
  issuer: string,
): ProtectedResourceMetadata | null {
  if (!isResourceIdentifier(identifier)) return null;
  return {
    resource: identifier,
    authorization_servers: [issuer],
    ...(advertisedScopes && { scopes_supported: advertisedScopes }),
    // RFC 6750 section 2.1: every resource server takes it.
    bearer_methods_supported: ["header"],
    resource_name: name,
  };
}

/** RFC 9728 section 1.2: a URL without a fragment. Plain http is for development. */
function isResourceIdentifier(identifier: string): boolean {
  if (!/^https?:\/\//i.test(identifier) || identifier.includes("#")) return false;
  return URL.canParse(identifier);
}
