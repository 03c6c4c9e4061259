import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import { Project } from "../projects/project.entity.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { refuseDuplicates } from "../shared/duplicates.js";
import { CountersignError } from "../shared/errors.js";
import type { Idempotency } from "../shared/idempotency.js";
import { newId } from "../shared/ids.js";
import { keysetPage, type Page, type PageRequest } from "../shared/page.js";
import { withoutNulls } from "../shared/patch.js";
import { isStorableText } from "../shared/storable-text.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { assertVersion } from "../shared/version.js";
import { Organization } from "./organization.entity.js";
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
  expectedVersion?: number | null;
}

export interface OrganizationRef {
  organizationId: string;
  expectedVersion?: number | null;
}

const UNIQUE = { slug: "slug", external_id: "externalId" };

export class OrganizationService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly auditLog: AuditLog,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
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

  /** Newest first. */
  async list(projectId: string, request: PageRequest): Promise<Page<Organization>> {
    const query = this.unitOfWork.read
      .createQueryBuilder(Organization, "organization")
      .where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "organizationId", direction: "DESC" });
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

  /** @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CONFLICT */
  async update(caller: Caller, input: OrganizationChange): Promise<Organization> {
    const rules = validate(updateOrganizationRules, withoutNulls(input, "name", "slug"));
    const { organizationId, expectedVersion, trustedMetadata, ...patch } = rules;
    const { projectId } = caller;
    return this.unitOfWork.write(async (manager) => {
      const organization = await this.#getForUpdate(projectId, organizationId, expectedVersion);
      if (trustedMetadata === null) organization.trustedMetadata = {};
      else if (trustedMetadata) {
        organization.trustedMetadata = mergeTrustedMetadata(
          organization.trustedMetadata,
          trustedMetadata,
        );
      }
      Object.assign(organization, patch, {
        updatedAt: this.clock.now(),
        version: organization.version + 1,
      });
      const { projectId: _p, organizationId: _o, ...columns } = organization;
      await refuseDuplicates(UNIQUE, () =>
        manager.update(
          Organization,
          { projectId, organizationId },
          columns as QueryDeepPartialEntity<Organization>,
        ),
      );
      await this.auditLog.record(caller, {
        action: "organization.update",
        targetId: organizationId,
      });
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
  ): Promise<Organization> {
    const now = this.clock.now();
    const organization = Object.assign(new Organization(), {
      projectId: caller.projectId,
      organizationId: newId("organization"),
      name: input.name,
      slug: input.slug,
      externalId: input.externalId ?? null,
      trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    await refuseDuplicates(UNIQUE, () =>
      this.unitOfWork.current.insert(
        Organization,
        organization as QueryDeepPartialEntity<Organization>,
      ),
    );
    const { organizationId } = organization;
    await this.auditLog.record(caller, { action: "organization.create", targetId: organizationId });
    return organization;
  }

  async #freeSlug(projectId: string, name: string): Promise<string> {
    // Two creations at once must not both find the same slug free.
    await this.unitOfWork.findForUpdate(Project, { projectId });
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
