import { PreparedRead } from "../persistence/prepared-read.js";
import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import {
  PROJECT_ID_OF_REF,
  type ProjectRef,
  type ProjectStore,
} from "../projects/project-store.js";
import type { Caller } from "../shared/caller.js";
import { Api } from "./api.entity.js";

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

type DescribedApi = Pick<Api, "identifier" | "name" | "advertisedScopes">;

/** Describes APIs as protected resources. Checks no permissions. */
export class ProtectedResources {
  readonly #read: PreparedRead<{
    project: Pick<Project, "projectId" | "issuer">;
    api: (DescribedApi & Pick<Api, "apiId">) | null;
  }>;

  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
  ) {
    this.#read = new PreparedRead(
      "protected-resource",
      platform.unitOfWork.read.dataSource,
      {
        project: { entity: Project, only: ["projectId", "issuer"] },
        api: { entity: Api, only: ["apiId", "identifier", "name", "advertisedScopes"] },
      },
      `FROM projects AS project
      LEFT JOIN apis AS api ON api.project_id = project.project_id AND api.api_id = $4
      WHERE project.project_id = ${PROJECT_ID_OF_REF}`,
    );
  }

  /**
   * @returns null if the project does not exist; without metadata if it has no such API, or the API's identifier is
   * no URL
   */
  async find(
    ref: ProjectRef,
    apiId: string,
  ): Promise<{ metadata: ProtectedResourceMetadata | null } | null> {
    const parameters = await this.projects.refParameters(ref);
    const row = await this.#read.first(...parameters, apiId);
    if (!row) return null;
    const { project, api } = row;
    return { metadata: api && protectedResourceMetadata(api, this.projects.issuerFor(project)) };
  }

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
function protectedResourceMetadata(
  { identifier, name, advertisedScopes }: DescribedApi,
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
