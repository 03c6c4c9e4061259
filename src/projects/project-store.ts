import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { CountersignError } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { Project } from "./project.entity.js";

/** How a request names a project: by its id or by a host of its own; else it means the first one. */
export interface ProjectRef {
  projectId?: string | undefined;
  host?: string | undefined;
}

/** Finds projects and says under which URLs they are served; for the server itself, whoever calls. */
export class ProjectStore {
  /** Which project was the first does not change. */
  #defaultProjectId: string | null = null;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly publicUrl: string,
  ) {}

  /** `iss` of the project's tokens. */
  issuerFor(project: Pick<Project, "projectId" | "issuer">): string {
    return project.issuer ?? `${this.publicUrl}/projects/${project.projectId}`;
  }

  /** What the project's URLs begin with: an issuer may end with a slash, this does not. */
  baseUrlFor(project: Pick<Project, "projectId" | "issuer">): string {
    return this.issuerFor(project).replace(/\/$/, "");
  }

  /** The project whose issuer this is; null for anybody else's. */
  async findByIssuer(issuer: string): Promise<Project | null> {
    const prefix = `${this.publicUrl}/projects/`;
    const project = issuer.startsWith(prefix)
      ? await this.find(issuer.slice(prefix.length))
      : await this.unitOfWork.read.findOneBy(Project, { issuer });
    return project && this.issuerFor(project) === issuer ? project : null;
  }

  /** What a Host header says, in the form in which projects keep their host. */
  normalizeHost(hostHeader: string): string {
    return hostHeader.toLowerCase().replace(/:443$/, "");
  }

  async resolve({ projectId, host }: ProjectRef): Promise<Project | null> {
    if (projectId !== undefined) return this.find(projectId);
    const ofHost = host && (await this.unitOfWork.read.findOneBy(Project, { issuerHost: host }));
    return ofHost || this.findDefault();
  }

  async find(projectId: string): Promise<Project | null> {
    if (!isWellFormedText(projectId)) return null;
    return this.unitOfWork.read.findOneBy(Project, { projectId });
  }

  /** The first project, which requests that name none belong to. */
  async findDefault(): Promise<Project | null> {
    const projectId = await this.defaultProjectId();
    return projectId === null ? null : this.find(projectId);
  }

  async defaultProjectId(): Promise<string | null> {
    if (this.#defaultProjectId !== null) return this.#defaultProjectId;
    const [first] = await this.unitOfWork.read.find(Project, {
      order: { createdAt: "ASC", projectId: "ASC" },
      take: 1,
    });
    this.#defaultProjectId = first?.projectId ?? null;
    return this.#defaultProjectId;
  }

  async get(projectId: string): Promise<Project> {
    const project = await this.find(projectId);
    if (!project) throw unknownProject();
    return project;
  }
}

export function unknownProject() {
  return new CountersignError("UNAUTHENTICATED", "Unknown project");
}
