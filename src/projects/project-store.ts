import { In } from "typeorm";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { issuerLocation } from "./issuer-location.js";
import { Project } from "./project.entity.js";
import { ProjectIssuer } from "./project-issuer.entity.js";
import { unknownProject } from "./unknown-project.js";

/**
 * How a request names a project: by its id, or else by the host and path that it was sent to. The default
 * project serves requests that name none.
 */
export interface ProjectRef {
  projectId?: string | undefined;
  location?: string | undefined;
}

/** SQL of the id of the project that a request names: its parameters are those of `refParameters`. */
export const PROJECT_ID_OF_REF = `COALESCE(
  (SELECT project_id FROM project_issuers WHERE location = $2 AND (ends_at IS NULL OR ends_at > $3)),
  $1)`;

/** Path of the token endpoint below an issuer. */
const TOKEN_PATH = "/oauth/token";

type IssuingProject = Pick<Project, "projectId" | "issuer">;
type FoundIssuer = Pick<ProjectIssuer, "projectId" | "issuer"> | null;

/** Finds projects and builds their URLs. Checks no permissions. */
export class ProjectStore {
  /** Cached, since the first project never changes. */
  #defaultProjectId: string | null = null;
  #ofRef: PreparedRead<{ project: Project }> | undefined;
  /** Host of the public URL, and its path without a trailing slash. */
  readonly publicHost: string;
  readonly publicPath: string;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    readonly publicUrl: string,
    private readonly clock: Clock,
  ) {
    const { host, pathname } = new URL(publicUrl);
    this.publicHost = host;
    this.publicPath = pathname.replace(/\/$/, "");
  }

  /** @returns `iss` of the project's tokens */
  issuerFor(project: IssuingProject): string {
    return project.issuer ?? this.defaultIssuerOf(project.projectId);
  }

  /** @returns the issuer of a project that has none of its own */
  defaultIssuerOf(projectId: string): string {
    return `${this.publicUrl}/projects/${projectId}`;
  }

  /** @returns the base of the project's URLs: its issuer without a trailing slash */
  baseUrlFor(project: IssuingProject): string {
    return this.issuerFor(project).replace(/\/$/, "");
  }

  /**
   * @param issuer the project's issuer, or a former one
   * @returns `aud` of the session JWTs of this issuer, which no access token has
   */
  sessionAudienceOf(issuer: string): string {
    return `${issuer.replace(/\/$/, "")}/sessions`;
  }

  /**
   * Whether an assertion that must be for the project alone may have this `aud` (RFC 7523 section 3): its issuer,
   * or the URL of its token endpoint, wherever the project is served under an address that no other one has. The
   * same holds for a former issuer until it ends. A slash counts.
   */
  async isAudienceOf(project: IssuingProject, audience: string): Promise<boolean> {
    const base = audience.endsWith(TOKEN_PATH) ? audience.slice(0, -TOKEN_PATH.length) : null;
    if (audience === this.issuerFor(project) || base === this.baseUrlFor(project)) return true;
    const { projectId } = project;
    if (base === this.defaultIssuerOf(projectId)) return true;
    if (audience === `${this.publicUrl}/v1/public/${projectId}/oauth2/token`) return true;
    if (base === this.publicUrl) return projectId === (await this.defaultProjectId());
    const found = await this.#findIssuer(base ?? audience);
    if (found?.projectId !== projectId) return false;
    return base === null ? found.issuer === audience : found.issuer.replace(/\/$/, "") === base;
  }

  /**
   * @param find finds the issuer at one of `locationsOf`, if the caller has read them already
   * @returns the issuer whose metadata is at this place: the project's, or a former one that was there
   */
  async issuerAt(
    project: IssuingProject,
    ref: ProjectRef,
    find: (location: string) => FoundIssuer | Promise<FoundIssuer> = (location) =>
      this.#findIssuerAt(location),
  ): Promise<string> {
    const present = this.issuerFor(project);
    for (const location of this.locationsOf(ref)) {
      if (location === issuerLocation(present)) return present;
      const found = await find(location);
      if (found?.projectId === project.projectId) return found.issuer;
    }
    return present;
  }

  /** Where a request was sent to. Behind a proxy, its Host header may not be that of the public URL. */
  locationsOf({ projectId, location }: ProjectRef): string[] {
    const ofPath = projectId && issuerLocation(this.defaultIssuerOf(projectId));
    return [location, ofPath].filter((one): one is string => !!one);
  }

  /** @returns the parameters of `PROJECT_ID_OF_REF` */
  async refParameters({
    projectId,
    location,
  }: ProjectRef): Promise<[string | null, string | null, Date]> {
    const isDefault = projectId === undefined && this.#isDefaultLocation(location);
    const fallback = isDefault ? await this.defaultProjectId() : (projectId ?? null);
    const issuer = projectId === undefined ? (location ?? null) : null;
    return [fallback, issuer, this.clock.now()];
  }

  /** Finds the project that a request names, by one read. */
  async resolve(ref: ProjectRef): Promise<Project | null> {
    // Prepared on first use, since the command line opens databases of other versions.
    this.#ofRef ??= new PreparedRead(
      "project",
      this.unitOfWork.read.dataSource,
      { project: { entity: Project } },
      `FROM projects AS project WHERE project.project_id = ${PROJECT_ID_OF_REF}`,
    );
    const row = await this.#ofRef.first(...(await this.refParameters(ref)));
    return row?.project ?? null;
  }

  /** Whether the default project serves a place where no project has its issuer: those without a path. */
  #isDefaultLocation(location: string | undefined): boolean {
    const [path = ""] = /\/.*$/.exec(location ?? "") ?? [];
    return path === "" || path === this.publicPath;
  }

  async #findIssuer(issuer: string): Promise<ProjectIssuer | null> {
    const location = issuerLocation(issuer);
    return location === null ? null : this.#findIssuerAt(location);
  }

  async #findIssuerAt(location: string): Promise<ProjectIssuer | null> {
    if (!isWellFormedText(location)) return null;
    const found = await this.unitOfWork.read.findOneBy(ProjectIssuer, { location });
    return found?.endsAt && found.endsAt <= this.clock.now() ? null : found;
  }

  async find(projectId: string): Promise<Project | null> {
    if (!isWellFormedText(projectId)) return null;
    return this.unitOfWork.read.findOneBy(Project, { projectId });
  }

  /** @returns when those of the projects that exist were created */
  async creationTimes(projectIds: readonly string[]): Promise<Map<string, Date>> {
    const found = await this.unitOfWork.read.find(Project, {
      select: { projectId: true, createdAt: true },
      where: { projectId: In([...new Set(projectIds)]) },
    });
    return new Map(found.map(({ projectId, createdAt }) => [projectId, createdAt]));
  }

  /** @returns the project of requests that name none: the first one; null before the first start */
  async findDefault(): Promise<Project | null> {
    const projectId = await this.defaultProjectId();
    return projectId === null ? null : this.find(projectId);
  }

  async defaultProjectId(): Promise<string | null> {
    if (this.#defaultProjectId !== null) return this.#defaultProjectId;
    const first = await this.unitOfWork.read.findOneBy(Project, { isFirst: true });
    this.#defaultProjectId = first?.projectId ?? null;
    return this.#defaultProjectId;
  }

  /** @throws UNAUTHENTICATED if the project does not exist */
  async get(projectId: string): Promise<Project> {
    const project = await this.find(projectId);
    if (!project) throw unknownProject();
    return project;
  }
}
