import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import { Project } from "../projects/project.entity.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { refuseDuplicates } from "../shared/duplicates.js";
import { CountersignError } from "../shared/errors.js";
import type { Idempotency } from "../shared/idempotency.js";
import { newId } from "../shared/ids.js";
import { nameKeyOf } from "../shared/name-search.js";
import { withoutNulls } from "../shared/patch.js";
import { isStorableText } from "../shared/storable-text.js";
import {
  type JsonObject,
  mergeTrustedMetadata,
  patchTrustedMetadata,
} from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { assertVersion } from "../shared/version.js";
import type { EndSessions } from "./end-sessions.js";
import { Organization, type OrganizationStatus } from "./organization.entity.js";
import {
  createOrganizationRules,
  organizationRef,
  updateOrganizationRules,
} from "./organization-rules.js";
import { distinctSlugOf, slugOf } from "./slug.js";

export interface OrganizationDescription {
  slug?: string | null | undefined;
  externalId?: string | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
}

export interface NewOrganization extends OrganizationDescription {
  name: string;
  idempotencyKey?: string | null;
}

/** Absent: unchanged. Null: cleared. Trusted metadata is merged at its top level. */
export interface OrganizationChange extends OrganizationDescription {
  organizationId: string;
  name?: string | null;
  status?: OrganizationStatus | null;
  /** True takes it away from the one that had it; false leaves the project without one. */
  isDefault?: boolean | null;
  expectedVersion?: number | null;
}

export interface OrganizationRef {
  organizationId: string;
  expectedVersion?: number | null;
}

const UNIQUE = { slug: "slug", external_id: "externalId" };
const NEVER_NULL = ["name", "slug", "status", "isDefault"] as const;
const DEFAULT_NAME = "Default";

export class OrganizationService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly auditLog: AuditLog,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly endSessions: EndSessions,
  ) {}

  async find(projectId: string, organizationId: string): Promise<Organization | null> {
    if (!isStorableText(organizationId)) return null;
    return this.unitOfWork.read.findOneBy(Organization, { projectId, organizationId });
  }

  /** By the id that the project's owner has given it. */
  async findByExternalId(projectId: string, externalId: string): Promise<Organization | null> {
    return this.unitOfWork.read.findOneBy(Organization, { projectId, externalId });
  }

  /** @throws ORGANIZATION_NOT_FOUND */
  async get(projectId: string, organizationId: string): Promise<Organization> {
    validate(lookupId, organizationId, ["organizationId"]);
    const organization = await this.find(projectId, organizationId);
    if (!organization) throw organizationNotFound();
    return organization;
  }

  /**
   * Keeps it as it is until the unit of work ends, so that no session starts in one that is being
   * deactivated.
   * @throws ORGANIZATION_NOT_FOUND, for an inactive one too
   */
  async holdActive(projectId: string, organizationId: string): Promise<Organization> {
    const where = { projectId, organizationId };
    const organization = await this.unitOfWork.findForShare(Organization, where);
    if (organization?.status !== "ACTIVE") throw organizationNotFound();
    return organization;
  }

  /** What callers mean who name no organization; null until one of them needs it. */
  async findDefault(projectId: string): Promise<Organization | null> {
    return this.unitOfWork.read.findOneBy(Organization, { defaultOfProject: projectId });
  }

  /** Makes it on first use, once. */
  async getOrCreateDefault(caller: Caller): Promise<Organization> {
    const { projectId } = caller;
    const known = await this.findDefault(projectId);
    if (known) return known;
    return this.unitOfWork.write(async () => {
      await this.#holdProject(projectId);
      const concurrent = await this.findDefault(projectId);
      if (concurrent) return concurrent;
      const slug = await this.#freeSlug(projectId, DEFAULT_NAME);
      return this.#insert(caller, { name: DEFAULT_NAME, slug }, projectId);
    });
  }

  /** @throws BAD_USER_INPUT, CONFLICT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewOrganization): Promise<Organization> {
    const rules = validate(createOrganizationRules, input);
    const { projectId } = caller;
    return this.idempotency.run(
      { projectId, operation: "createOrganization", key: rules.idempotencyKey, input: rules },
      async (claim) =>
        this.unitOfWork.write(async () => {
          const slug = rules.slug ?? (await this.#freeSlug(projectId, rules.name));
          const organization = await this.#insert(caller, { ...rules, slug });
          await claim(organization.organizationId);
          return organization;
        }),
      async (organizationId) => this.get(projectId, organizationId),
    );
  }

  /**
   * Its sessions end when it becomes inactive.
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CONFLICT
   */
  async update(caller: Caller, input: OrganizationChange): Promise<Organization> {
    const rules = validate(updateOrganizationRules, withoutNulls(input, ...NEVER_NULL));
    const { organizationId, expectedVersion, trustedMetadata, isDefault, ...patch } = rules;
    const { projectId } = caller;
    return this.unitOfWork.write(async () => {
      if (isDefault !== undefined) await this.#holdProject(projectId);
      const organization = await this.#getForUpdate(projectId, organizationId, expectedVersion);
      const isDeactivated = organization.status === "ACTIVE" && patch.status === "INACTIVE";
      if (isDefault && !organization.isDefault) await this.#takeDefault(caller);
      if (isDefault !== undefined) organization.defaultOfProject = isDefault ? projectId : null;
      Object.assign(organization, patch, {
        trustedMetadata: patchTrustedMetadata(organization.trustedMetadata, trustedMetadata),
      });
      await this.#save(caller, organization);
      if (isDeactivated) await this.endSessions(caller, { organizationId });
      return organization;
    });
  }

  /** With its members and their sessions. @throws ORGANIZATION_NOT_FOUND, CONFLICT */
  async delete(caller: Caller, input: OrganizationRef): Promise<string> {
    const { organizationId, expectedVersion } = validate(organizationRef, input);
    const { projectId } = caller;
    await this.unitOfWork.write(async (manager) => {
      await this.#getForUpdate(projectId, organizationId, expectedVersion);
      await manager.delete(Organization, { projectId, organizationId });
      await this.auditLog.record(caller, {
        action: "organization.delete",
        targetId: organizationId,
      });
    });
    return organizationId;
  }

  async #insert(
    caller: Caller,
    input: OrganizationDescription & { name: string; slug: string },
    defaultOfProject: string | null = null,
  ): Promise<Organization> {
    const now = this.clock.now();
    const organization = Object.assign(new Organization(), {
      projectId: caller.projectId,
      organizationId: newId("organization"),
      name: input.name,
      nameKey: nameKeyOf(input.name),
      slug: input.slug,
      externalId: input.externalId ?? null,
      status: "ACTIVE" as const,
      defaultOfProject,
      trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    const row = organization as QueryDeepPartialEntity<Organization>;
    await refuseDuplicates(UNIQUE, () => this.unitOfWork.current.insert(Organization, row));
    const { organizationId } = organization;
    await this.auditLog.record(caller, { action: "organization.create", targetId: organizationId });
    return organization;
  }

  async #save(caller: Caller, organization: Organization): Promise<void> {
    organization.nameKey = nameKeyOf(organization.name);
    organization.updatedAt = this.clock.now();
    organization.version += 1;
    const { projectId, organizationId, ...columns } = organization;
    const row = columns as QueryDeepPartialEntity<Organization>;
    await refuseDuplicates(UNIQUE, () =>
      this.unitOfWork.current.update(Organization, { projectId, organizationId }, row),
    );
    await this.auditLog.record(caller, { action: "organization.update", targetId: organizationId });
  }

  async #takeDefault(caller: Caller): Promise<void> {
    const where = { defaultOfProject: caller.projectId };
    const former = await this.unitOfWork.findForUpdate(Organization, where);
    if (!former) return;
    former.defaultOfProject = null;
    await this.#save(caller, former);
  }

  /** Two units of work must not both find the same slug free, or no default organization. */
  async #holdProject(projectId: string): Promise<void> {
    await this.unitOfWork.findForUpdate(Project, { projectId });
  }

  async #freeSlug(projectId: string, name: string): Promise<string> {
    await this.#holdProject(projectId);
    const slug = slugOf(name);
    const taken = await this.unitOfWork.current.existsBy(Organization, { projectId, slug });
    return taken ? distinctSlugOf(name) : slug;
  }

  async #getForUpdate(
    projectId: string,
    organizationId: string,
    expectedVersion: number | null | undefined,
  ): Promise<Organization> {
    const where = { projectId, organizationId };
    const organization = await this.unitOfWork.findForUpdate(Organization, where);
    if (!organization) throw organizationNotFound();
    assertVersion(organization.version, expectedVersion);
    return organization;
  }
}

export function organizationNotFound() {
  return new CountersignError("ORGANIZATION_NOT_FOUND", "No such organization");
}
