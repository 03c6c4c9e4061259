import { type EntityManager, LessThanOrEqual } from "typeorm";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { issuerLocation } from "./issuer-location.js";
import type { Project } from "./project.entity.js";
import { ProjectIssuer } from "./project-issuer.entity.js";
import type { ProjectStore } from "./project-store.js";

const PATH = ["input", "issuer"];
const BELOW_PROJECTS = /^\/projects(?:\/|$)/;
/** At least two labels, the last of which is not a number as in an IP address. */
const DOMAIN_NAME = /^(?:[a-z0-9_-]+\.)+(?!\d+$)[a-z0-9-]+$/;

/** Changes the issuers of projects. */
export class ProjectIssuers {
  constructor(private readonly store: ProjectStore) {}

  /**
   * The server's own host is the first project's. Others have their issuer below `/projects/` there.
   * @throws BAD_USER_INPUT
   */
  assertMayHave(project: Pick<Project, "projectId" | "isFirst">, issuer: string): void {
    const location = issuerLocation(issuer) ?? "";
    const ofPublicUrl = issuerLocation(this.store.defaultIssuerOf(project.projectId));
    if (location === ofPublicUrl) return;
    const { hostname, pathname } = new URL(issuer);
    const { publicPath } = this.store;
    // A proxy may remove the public URL's path, so that requests below it arrive without it.
    const paths = [
      pathname,
      pathname.startsWith(publicPath) ? pathname.slice(publicPath.length) : "",
    ];
    const ownPath = `/projects/${project.projectId}`;
    if (paths.some((path) => BELOW_PROJECTS.test(path) && path.replace(/\/$/, "") !== ownPath)) {
      throw badUserInput(PATH, "Below /projects/ there must be nothing but the project's own id");
    }
    if (project.isFirst) return;
    // Under any port, and under an address, requests for the first project may arrive.
    if (hostname !== "localhost" && !DOMAIN_NAME.test(hostname)) {
      throw badUserInput(PATH, "Must have a domain name, without a dot at its end, as its host");
    }
    if (new URL(issuer).host === this.store.publicHost || isSameDomain(hostname, this.store)) {
      throw badUserInput(PATH, "The server's own host can only be the first project's");
    }
  }

  /**
   * Gives the project another issuer and keeps the former one until its last token has expired. Must be
   * called within a unit of work that has locked the project.
   * @param project the project before the change
   * @param issuer null: the issuer below this server's public URL
   * @throws ALREADY_EXISTS
   */
  async replace(
    manager: EntityManager,
    project: Project,
    issuer: string | null,
    { now, lastExpiry }: { now: Date; lastExpiry: Date },
  ): Promise<void> {
    const { projectId } = project;
    const former = this.store.issuerFor(project);
    const formerLocation = issuerLocation(former) ?? "";
    const location = issuerLocation(issuer ?? this.store.defaultIssuerOf(projectId)) ?? "";
    if (location !== formerLocation) {
      await manager.delete(ProjectIssuer, { location: formerLocation, projectId });
      const row = { location: formerLocation, projectId, issuer: former, endsAt: lastExpiry };
      await this.#insert(manager, row);
    }
    // Never a row that another project has inserted meanwhile: the primary key refuses the second one.
    await manager.delete(ProjectIssuer, { location, projectId });
    await manager.delete(ProjectIssuer, { location, endsAt: LessThanOrEqual(now) });
    if (await manager.existsBy(ProjectIssuer, { location })) throw issuerTaken();
    if (issuer !== null) {
      await this.#insert(manager, { location, projectId, issuer, endsAt: null });
    }
  }

  async #insert(manager: EntityManager, row: Omit<ProjectIssuer, "project">): Promise<void> {
    await manager.insert(ProjectIssuer, row).catch((error: unknown) => {
      throw isUniqueViolation(error) ? issuerTaken() : error;
    });
  }
}

/** Whether a host, under any port, is that of the public URL. On localhost, ports are hosts of their own. */
function isSameDomain(hostname: string, { publicHost }: ProjectStore): boolean {
  return hostname !== "localhost" && publicHost.replace(/:\d+$/, "") === hostname;
}

function issuerTaken() {
  return new CountersignError(
    "ALREADY_EXISTS",
    "Another project has this issuer, or had it until recently",
    { path: PATH },
  );
}
