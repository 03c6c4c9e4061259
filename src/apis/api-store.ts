import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Project, SigningAlgorithm } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { CountersignError } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { Api } from "./api.entity.js";

/** Path of this server's GraphQL API, below the base URL of a project. */
export const MANAGEMENT_PATH = "/graphql";

/** Reads APIs for the server's own use, without checking permissions. */
export class ApiStore {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {}

  async find(projectId: string, apiId: string): Promise<Api | null> {
    if (!isWellFormedText(apiId)) return null;
    return this.unitOfWork.read.findOneBy(Api, { projectId, apiId });
  }

  async findByIdentifier(projectId: string, identifier: string): Promise<Api | null> {
    if (!isWellFormedText(identifier)) return null;
    return this.unitOfWork.read.findOneBy(Api, { projectId, identifier });
  }

  /** @throws API_NOT_FOUND */
  async get(projectId: string, apiId: string): Promise<Api> {
    const api = await this.find(projectId, apiId);
    if (!api) throw apiNotFound();
    return api;
  }

  /** Keeps the API's scopes as they are until the active unit of work commits. @throws API_NOT_FOUND */
  async getForShare(projectId: string, apiId: string): Promise<Api> {
    const api = await this.unitOfWork.findForShare(Api, { projectId, apiId });
    if (!api) throw apiNotFound();
    return api;
  }

  /** The algorithm that the API's tokens are signed with now. */
  async currentSigningAlgorithm(api: Api): Promise<SigningAlgorithm> {
    return currentSigningAlgorithm(await this.projects.get(api.projectId), api);
  }

  /** The project id is the audience of tokens that are for no API; session JWTs have one of their own. */
  async isReservedIdentifier(projectId: string, identifier: string): Promise<boolean> {
    const project = await this.projects.get(projectId);
    const issuer = this.projects.issuerFor(project);
    return [projectId, this.projects.sessionAudienceOf(issuer)].includes(identifier);
  }

  /** Audience of the access tokens that this server's GraphQL API accepts. */
  managementAudienceOf(project: Pick<Project, "projectId" | "issuer">): string {
    return this.projects.baseUrlFor(project) + MANAGEMENT_PATH;
  }

  /** As `managementAudienceOf`, for a project that the caller has not read. */
  async managementAudience(projectId: string): Promise<string> {
    return this.managementAudienceOf(await this.projects.get(projectId));
  }

  async isManagementApi(api: Api): Promise<boolean> {
    return api.identifier === (await this.managementAudience(api.projectId));
  }
}

/** Whether an API is this server's own API, or was or can become it by a change of the project's issuer. */
export function canBeManagementApi({ identifier }: Pick<Api, "identifier">): boolean {
  return identifier.endsWith(MANAGEMENT_PATH);
}

export function apiNotFound() {
  return new CountersignError("API_NOT_FOUND", "No such API");
}
