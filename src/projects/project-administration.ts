import type { EntityManager } from "typeorm";
import { z } from "zod";
import { AuditEvent } from "../audit/audit-event.entity.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { IdempotencyKey } from "../persistence/idempotency-key.entity.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller, systemCaller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { newId, PROJECT_ID, PROJECT_ID_RULE } from "../shared/ids.js";
import { assertEndsInTime } from "../shared/maker.js";
import { type Permission, PROJECT_PERMISSIONS } from "../shared/permissions.js";
import { generateSecret } from "../shared/secrets.js";
import { expectedVersion, idempotencyKey, idToLookUp, validate } from "../shared/validation.js";
import {
  DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
  DEFAULT_MAXIMUM_LIFETIME_SECONDS,
} from "./access-token-lifetime.js";
import { ManagementKey } from "./management-key.entity.js";
import type { ManagementKeyService } from "./management-key.service.js";
import {
  DEFAULT_MAXIMUM_CLIENTS_PER_OWNER,
  ENVIRONMENTS,
  type Environment,
  Project,
} from "./project.entity.js";
import { type PrepareSigningKey, projectName } from "./project.service.js";

export interface NewProject {
  projectId?: string | null | undefined;
  name: string;
  environment: Environment;
  idempotencyKey?: string | null;
}

export interface CreatedProject {
  project: Project;
  /** The project's first key. */
  managementKey: ManagementKey;
  /** The key's secret. Null if an idempotency key repeats the call, since the secret is shown only once. */
  secret: string | null;
}

export interface ProjectDeletion {
  projectId: string;
  /** Deletes a project with live clients too. */
  force?: boolean | null;
  expectedVersion?: number | null;
}

/** @returns the number of the project's clients that are active and have not expired */
export type CountLiveClients = (manager: EntityManager, projectId: string) => Promise<number>;

const newProjectRules = z.object({
  projectId: z.string().regex(PROJECT_ID, PROJECT_ID_RULE).nullish(),
  name: projectName,
  environment: z.enum(ENVIRONMENTS),
  idempotencyKey,
});

const deletionRules = z.object({
  projectId: idToLookUp,
  force: z.boolean().nullish(),
  expectedVersion,
});

/** Lists, creates and deletes projects, for callers of the first project and at the first start. */
export class ProjectAdministration {
  constructor(
    private readonly platform: Platform,
    private readonly prepareSigningKey: PrepareSigningKey,
    private readonly managementKeys: ManagementKeyService,
    private readonly countLiveClients: CountLiveClients,
  ) {}

  /** Newest first. */
  async list(caller: Caller, request: PageRequest): Promise<Page<Project>> {
    assertPermitted(caller, "projects:read");
    const query = this.platform.unitOfWork.read.createQueryBuilder(Project, "project");
    return keysetPage(query, request, { by: "createdAt", id: "projectId", direction: "DESC" });
  }

  /**
   * Creates a project with a signing key and a management key that has every permission in it.
   * @throws BAD_USER_INPUT, FORBIDDEN for a caller whose credential ends, ALREADY_EXISTS, IDEMPOTENCY_CONFLICT;
   *   MANAGEMENT_KEY_NOT_FOUND for the repetition
   *   of a call whose key has been deleted
   */
  async create(caller: Caller, input: NewProject): Promise<CreatedProject> {
    assertPermitted(caller, "projects:write");
    const rules = validate(newProjectRules, input);
    // The project's first key never ends (ADR 0017).
    assertEndsInTime(caller, null, ["input"], "use a credential that does not end");
    const { projectId } = caller;
    return this.platform.idempotency.run<CreatedProject>(
      { projectId, operation: "createProject", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const secret = generateSecret("cmk");
        const project = this.#build(rules, false);
        const key = { permissions: PROJECT_PERMISSIONS, secret };
        const managementKey = await this.#insert(caller, project, key, recordResult);
        return { project, managementKey, secret };
      },
      (managementKeyId) => this.#repeated(managementKeyId),
    );
  }

  /** Creates the first project. The caller is the server itself, which acts in the new project. */
  async createFirst(
    caller: Caller,
    input: NewProject,
    key: { permissions: readonly Permission[]; secret: string },
  ): Promise<Project> {
    assertPermitted(caller, "projects:write");
    const project = this.#build(input, true);
    await this.#insert({ ...caller, projectId: project.projectId }, project, key);
    return project;
  }

  /**
   * Deletes a project and all that it contains, its audit events included. The first project's audit log
   * keeps the deletion itself.
   * @throws PROJECT_NOT_FOUND, VERSION_CONFLICT; PRECONDITION_FAILED for the first project, and for one with
   *   live clients unless `force` is true
   */
  async delete(caller: Caller, input: ProjectDeletion): Promise<string> {
    assertPermitted(caller, "projects:write");
    const { projectId, force, expectedVersion: expected } = validate(deletionRules, input);
    await this.platform.unitOfWork.write(async (manager) => {
      const project = await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      if (!project) throw notFound();
      assertVersion(project.version, expected);
      if (project.isFirst) throw refused("The first project manages the others and stays");
      const liveClients = force ? 0 : await this.countLiveClients(manager, projectId);
      if (liveClients > 0) {
        throw refused(
          `The project has active clients (${liveClients}): deactivate or delete them, or set force to true`,
        );
      }
      // Other tables reference their project, and their rows go with it.
      await manager.delete(Project, { projectId });
      await manager.delete(AuditEvent, { projectId });
      await manager.delete(IdempotencyKey, { projectId });
      await this.platform.auditLog.record(caller, {
        action: "project.delete",
        targetId: projectId,
      });
    });
    return projectId;
  }

  #build({ projectId, name, environment }: NewProject, isFirst: boolean): Project {
    const now = this.platform.clock.now();
    return Object.assign(new Project(), {
      projectId: projectId ?? newId("project"),
      name,
      environment,
      isFirst,
      issuer: null,
      tokenProfile: "DEFAULT" as const,
      defaultAudience: null,
      signingKeyRotationDays: null,
      claimsTemplate: null,
      sessionClaimsTemplate: null,
      accessTokenLifetimeSeconds: DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
      maximumAccessTokenLifetimeSeconds: DEFAULT_MAXIMUM_LIFETIME_SECONDS,
      maximumSessionDurationMinutes: null,
      maximumSessionAgeMinutes: null,
      signingAlgorithm: "RS256" as const,
      formerSigningAlgorithm: null,
      introspectionClientId: null,
      sessionTokenProfile: "DEFAULT" as const,
      maximumClientsPerOwner: DEFAULT_MAXIMUM_CLIENTS_PER_OWNER,
      inheritedMetadataKeys: [],
      allowBasicVerification: false,
      scopeUseSince: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
  }

  async #insert(
    caller: Caller,
    project: Project,
    key: { permissions: readonly Permission[]; secret: string },
    recordResult: (managementKeyId: string) => Promise<void> = async () => {},
  ): Promise<ManagementKey> {
    const { projectId, signingAlgorithm } = project;
    // The new project's audit log names nobody of another project.
    const creator = { ...systemCaller(projectId), requestId: caller.requestId };
    // No verifier has keys of a new project that could be out of date.
    const storeSigningKey = await this.prepareSigningKey(creator, signingAlgorithm, true);
    return this.platform.unitOfWork.write(async (manager) => {
      await manager.insert(Project, project).catch((error: unknown) => {
        throw isUniqueViolation(error) ? alreadyExists() : error;
      });
      await storeSigningKey(manager);
      const creation = { action: "project.create", targetId: projectId } as const;
      await this.platform.auditLog.record(creator, creation);
      if (caller.projectId !== projectId) await this.platform.auditLog.record(caller, creation);
      const managementKey = await this.managementKeys.insert(creator, {
        name: "First key",
        ...key,
      });
      await recordResult(managementKey.managementKeyId);
      return managementKey;
    });
  }

  async #repeated(managementKeyId: string): Promise<CreatedProject> {
    const managementKey = await this.platform.unitOfWork.read.findOne(ManagementKey, {
      where: { managementKeyId },
      relations: { project: true },
    });
    if (!managementKey) {
      throw new CountersignError(
        "MANAGEMENT_KEY_NOT_FOUND",
        "The project that this idempotency key created, or its first key, has been deleted",
      );
    }
    return { project: managementKey.project, managementKey, secret: null };
  }
}

function alreadyExists() {
  return new CountersignError("ALREADY_EXISTS", "Another project has this id: choose another one", {
    path: ["input", "projectId"],
  });
}

function refused(message: string) {
  return new CountersignError("PRECONDITION_FAILED", message, { path: ["input", "projectId"] });
}

function notFound() {
  return new CountersignError("PROJECT_NOT_FOUND", "No such project");
}
