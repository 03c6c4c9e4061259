import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { CountersignError } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { Project } from "./project.entity.js";

/** How a request names a project: by its id, or by the host of its issuer. Neither: the default project. */
export interface ProjectRef {
  projectId?: string | undefined;
  host?: string | undefined;
}

/** Finds projects and builds their URLs. Checks no permissions. */
export class ProjectStore {
  /** Cached, since the default project never changes. */
  #defaultProjectId: string | null = null;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly publicUrl: string,
  ) {}

  /** @returns `iss` of the project's tokens */
  issuerFor(project: Pick<Project, "projectId" | "issuer">): string {
    return project.issuer ?? `${this.publicUrl}/projects/${project.projectId}`;
  }

  /** @returns the base of the project's URLs: its issuer without a trailing slash */
  baseUrlFor(project: Pick<Project, "projectId" | "issuer">): string {
    return this.issuerFor(project).replace(/\/$/, "");
  }

  /** @returns `aud` of the project's session JWTs, which no access token has */
  sessionAudienceFor(project: Pick<Project, "projectId" | "issuer">): string {
    return `${this.baseUrlFor(project)}/sessions`;
  }

  /** @returns the project with this issuer; null if no project has it */
  async findByIssuer(issuer: string): Promise<Project | null> {
    const prefix = `${this.publicUrl}/projects/`;
    const project = issuer.startsWith(prefix)
      ? await this.find(issuer.slice(prefix.length))
      : await this.unitOfWork.read.findOneBy(Project, { issuer });
    return project && this.issuerFor(project) === issuer ? project : null;
  }

  /** Converts a Host header to the form of `Project.issuerHost`. */
  normalizeHost(hostHeader: string): string {
    return hostHeader.toLowerCase().replace(/:443$/, "");
  }

  async resolve({ projectId, host }: ProjectRef): Promise<Project | null> {
    if (projectId !== undefined) return this.find(projectId);
    const project = host && (await this.unitOfWork.read.findOneBy(Project, { issuerHost: host }));
    return project || this.findDefault();
  }

  async find(projectId: string): Promise<Project | null> {
    if (!isWellFormedText(projectId)) return null;
    return this.unitOfWork.read.findOneBy(Project, { projectId });
  }

  /** @returns the project of requests that name none: the oldest one; null before the first start */
  async findDefault(): Promise<Project | null> {
    const projectId = await this.defaultProjectId();
    return projectId === null ? null : this.find(projectId);
  }

  async defaultProjectId(): Promise<string | null> {
    if (this.#defaultProjectId !== null) return this.#defaultProjectId;
    const [oldest] = await this.unitOfWork.read.find(Project, {
      order: { createdAt: "ASC", projectId: "ASC" },
      take: 1,
    });
    this.#defaultProjectId = oldest?.projectId ?? null;
    return this.#defaultProjectId;
  }

  /** @throws UNAUTHENTICATED if the project does not exist */
  async get(projectId: string): Promise<Project> {
    const project = await this.find(projectId);
    if (!project) throw unknownProject();
    return project;
  }
}

export function unknownProject() {
  return new CountersignError("UNAUTHENTICATED", "Unknown project");
}
