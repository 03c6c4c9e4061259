import type { EntityManager } from "typeorm";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { issuerLocation } from "./issuer-location.js";
import type { Project } from "./project.entity.js";
import { ProjectIssuer } from "./project-issuer.entity.js";
import type { ProjectStore } from "./project-store.js";

const PATH = ["input", "issuer"];

/** Changes the issuers of projects. */
export class ProjectIssuers {
  constructor(private readonly store: ProjectStore) {}

  /**
   * The server's own host is the first project's. Others have their issuer below `/projects/` there.
   * @throws BAD_USER_INPUT
   */
  assertMayHave(project: Pick<Project, "projectId" | "isFirst">, issuer: string): void {
    const location = issuerLocation(issuer) ?? "";
    const ownPath = `/projects/${project.projectId}`;
    const path = location.slice(location.indexOf("/"));
    const ofPublicUrl = issuerLocation(this.store.defaultIssuerOf(project.projectId));
    if (location === ofPublicUrl) return;
    if (location.includes("/") && /^\/projects(?:\/|$)/.test(path) && path !== ownPath) {
      throw badUserInput(PATH, "Below /projects/ there must be nothing but the project's own id");
    }
    if (new URL(issuer).host === this.store.publicHost && !project.isFirst) {
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
    const taken = await manager.findOneBy(ProjectIssuer, { location });
    const isFree = taken?.projectId === projectId || (taken?.endsAt && taken.endsAt <= now);
    if (taken && !isFree) throw issuerTaken();
    await manager.delete(ProjectIssuer, { location });
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

function issuerTaken() {
  return new CountersignError(
    "ALREADY_EXISTS",
    "Another project has this issuer, or had it until recently",
    { path: PATH },
  );
}
