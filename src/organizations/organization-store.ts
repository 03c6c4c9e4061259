import type { QueryDeepPartialEntity } from "typeorm";
import { applyChange } from "../persistence/apply-change.js";
import { normalizeName } from "../persistence/name-search.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import { prepareFind } from "../persistence/prepared-find.js";
import { conflictOnDuplicate } from "../persistence/unique-conflict.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { CountersignError, type CountersignErrorOptions } from "../shared/errors.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { buildOrganization, type OrganizationSettings } from "./build-organization.js";
import type { DeleteOwnedClients } from "./delete-owned-clients.js";
import { Organization } from "./organization.entity.js";
import type { RevokeSessions } from "./revoke-sessions.js";
import { slugify, slugifyWithSuffix } from "./slug.js";

export interface OrganizationRef {
  organizationId: string;
  expectedVersion?: number | null | undefined;
}

const UNIQUE_FIELDS = { slug: "slug", external_id: "externalId" };
const DEFAULT_NAME = "Default";

/** Stores organizations and their audit events. */
export class OrganizationStore {
  readonly #findById;
  readonly #findByExternalId;
  readonly #findDefault;

  constructor(private readonly platform: Platform) {
    const { unitOfWork } = platform;
    this.#findById = prepareFind(unitOfWork, Organization, "projectId", "organizationId");
    this.#findByExternalId = prepareFind(unitOfWork, Organization, "projectId", "externalId");
    this.#findDefault = prepareFind(unitOfWork, Organization, "defaultOfProject");
  }

  async find(projectId: string, organizationId: string): Promise<Organization | null> {
    return this.#findById(projectId, organizationId);
  }

  async findByExternalId(projectId: string, externalId: string): Promise<Organization | null> {
    return this.#findByExternalId(projectId, externalId);
  }

  /**
   * An organization by its id, or by the slug or external id that no other one has as the other of the two.
   * @throws ORGANIZATION_NOT_FOUND
   */
  async getByReference(projectId: string, reference: string): Promise<Organization> {
    const byId = await this.find(projectId, reference);
    if (byId) return byId;
    if (!isWellFormedText(reference)) throw organizationNotFound();
    const { read } = this.platform.unitOfWork;
    const bySlug = await read.findOneBy(Organization, { projectId, slug: reference });
    const byExternalId = await this.findByExternalId(projectId, reference);
    const organization = bySlug ?? byExternalId;
    if (!organization) throw organizationNotFound();
    if (byExternalId && byExternalId.organizationId !== organization.organizationId) {
      throw new CountersignError(
        "ORGANIZATION_NOT_FOUND",
        "One organization has it as slug and another one as external id: give the id",
      );
    }
    return organization;
  }

  /** @throws ORGANIZATION_NOT_FOUND */
  async get(projectId: string, organizationId: string): Promise<Organization> {
    validate(idToLookUp, organizationId, ["organizationId"]);
    const organization = await this.find(projectId, organizationId);
    if (!organization) throw organizationNotFound();
    return organization;
  }

  /**
   * Locks an active organization until the unit of work ends, so that no session starts while another unit
   * of work deactivates the organization.
   * @throws ORGANIZATION_NOT_FOUND, also for an inactive organization
   */
  async lockActive(projectId: string, organizationId: string): Promise<Organization> {
    const where = { projectId, organizationId };
    const organization = await this.platform.unitOfWork.findForShare(Organization, where);
    if (organization?.status !== "ACTIVE") throw organizationNotFound();
    return organization;
  }

  /** The organization for callers that name none; null if the project has no default. */
  async findDefault(projectId: string): Promise<Organization | null> {
    return this.#findDefault(projectId);
  }

  /** Creates the project's default organization on first use. */
  async getOrCreateDefault(caller: Caller): Promise<Organization> {
    const { projectId } = caller;
    const existing = await this.findDefault(projectId);
    if (existing) return existing;
    return this.platform.unitOfWork.write(async () => {
      await this.passInTurn(projectId);
      const createdMeanwhile = await this.findDefault(projectId);
      if (createdMeanwhile) return createdMeanwhile;
      return this.insert(caller, { name: DEFAULT_NAME }, projectId);
    });
  }

  /**
   * Stores an organization whose fields have been validated; must run in a unit of work.
   * @param defaultOfProject the project's id for its default organization, otherwise null
   * @throws BAD_USER_INPUT for its trusted metadata, VERSION_CONFLICT
   */
  async insert(
    caller: Caller,
    input: OrganizationSettings,
    defaultOfProject: string | null = null,
  ): Promise<Organization> {
    const slug = input.slug ?? (await this.#findAvailableSlug(caller.projectId, input.name));
    const now = this.platform.clock.now();
    const organization = buildOrganization(
      caller.projectId,
      { ...input, slug },
      defaultOfProject,
      now,
    );
    const row = organization as QueryDeepPartialEntity<Organization>;
    await conflictOnDuplicate(UNIQUE_FIELDS, () =>
      this.platform.unitOfWork.activeManager.insert(Organization, row),
    );
    const { organizationId } = organization;
    await this.platform.auditLog.record(caller, {
      action: "organization.create",
      targetId: organizationId,
    });
    return organization;
  }

  /**
   * Changes an organization in a unit of work: `mutate` edits the loaded row.
   * @throws ORGANIZATION_NOT_FOUND, VERSION_CONFLICT
   */
  async change(
    caller: Caller,
    ref: OrganizationRef,
    mutate: (organization: Organization) => Promise<void>,
  ): Promise<Organization> {
    return this.platform.unitOfWork.write(async () => {
      const organization = await this.#getForUpdate(caller.projectId, ref);
      await this.#changeLoaded(caller, organization, mutate);
      return organization;
    });
  }

  /** @throws ORGANIZATION_NOT_FOUND, VERSION_CONFLICT */
  async delete(
    caller: Caller,
    ref: OrganizationRef,
    revokeSessions: RevokeSessions,
    deleteClients: DeleteOwnedClients,
  ): Promise<void> {
    await this.platform.unitOfWork.write(async (manager) => {
      const { projectId, organizationId } = await this.#getForUpdate(caller.projectId, ref);
      // The sessions are deleted too, but not those that were exchanged from them.
      await revokeSessions(caller, { organizationId }, { isDeletion: true });
      await deleteClients(caller, { organizationId });
      await manager.delete(Organization, { projectId, organizationId });
      await this.platform.auditLog.record(caller, {
        action: "organization.delete",
        targetId: organizationId,
      });
    });
  }

  /** Must run in a unit of work that has passed in turn. */
  async clearDefault(caller: Caller): Promise<void> {
    const where = { defaultOfProject: caller.projectId };
    const former = await this.platform.unitOfWork.findForUpdate(Organization, where);
    if (!former) return;
    await this.#changeLoaded(caller, former, (organization) => {
      organization.defaultOfProject = null;
    });
  }

  /**
   * Serializes units of work that pick a free slug or set the default organization. It locks no row: a project is
   * locked after its organizations and clients.
   */
  async passInTurn(projectId: string): Promise<void> {
    await this.platform.unitOfWork.passInTurn(`organizations of ${projectId}`);
  }

  async #changeLoaded(
    caller: Caller,
    organization: Organization,
    mutate: (organization: Organization) => void | Promise<void>,
  ): Promise<void> {
    const isChanged = await applyChange(organization, this.platform.clock.now(), mutate);
    if (!isChanged) return;
    organization.normalizedName = normalizeName(organization.name);
    const { projectId, organizationId, ...columns } = organization;
    const row = columns as QueryDeepPartialEntity<Organization>;
    await conflictOnDuplicate(UNIQUE_FIELDS, () =>
      this.platform.unitOfWork.activeManager.update(
        Organization,
        { projectId, organizationId },
        row,
      ),
    );
    await this.platform.auditLog.record(caller, {
      action: "organization.update",
      targetId: organizationId,
    });
  }

  async #findAvailableSlug(projectId: string, name: string): Promise<string> {
    await this.passInTurn(projectId);
    const slug = slugify(name);
    const isTaken = await this.platform.unitOfWork.activeManager.existsBy(Organization, {
      projectId,
      slug,
    });
    return isTaken ? slugifyWithSuffix(name) : slug;
  }

  async #getForUpdate(
    projectId: string,
    { organizationId, expectedVersion }: OrganizationRef,
  ): Promise<Organization> {
    const where = { projectId, organizationId };
    const organization = await this.platform.unitOfWork.findForUpdate(Organization, where);
    if (!organization) throw organizationNotFound();
    assertVersion(organization.version, expectedVersion);
    return organization;
  }
}

export function organizationNotFound(options?: CountersignErrorOptions) {
  return new CountersignError("ORGANIZATION_NOT_FOUND", "No such organization", {}, options);
}
