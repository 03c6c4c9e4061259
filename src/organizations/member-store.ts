import type { QueryDeepPartialEntity } from "typeorm";
import { applyChange } from "../persistence/apply-change.js";
import { isForeignKeyViolation } from "../persistence/database-errors.js";
import { normalizeName } from "../persistence/name-search.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import { prepareFind } from "../persistence/prepared-find.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import { conflictOnDuplicate } from "../persistence/unique-conflict.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { badUserInput, CountersignError, type CountersignErrorOptions } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { OWNERS, owners } from "./active-owners.js";
import type { DeleteOwnedClients } from "./delete-owned-clients.js";
import { Member } from "./member.entity.js";
import { Organization } from "./organization.entity.js";
import { organizationNotFound } from "./organization-store.js";
import type { RevokeSessions } from "./revoke-sessions.js";

export interface MemberDescription {
  name?: string | null | undefined;
  externalId?: string | null | undefined;
  /** Replaces the member's roles. */
  roles?: string[] | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
}

export interface NewMember extends MemberDescription {
  organizationId: string;
  /** Absent only beside an external id. */
  emailAddress?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
}

export interface MemberRef {
  memberId: string;
  expectedVersion?: number | null | undefined;
}

const UNIQUE_FIELDS = { normalized_email: "emailAddress", external_id: "externalId" };

type Owner<Entity extends { projectId: string; status: string }> = Pick<
  Entity,
  "projectId" | "status"
>;

/** Stores members and their audit events. */
export class MemberStore {
  readonly #findById;
  readonly #findByEmail;
  readonly #findByExternalId;
  readonly #owners: PreparedRead<{ organization: Owner<Organization>; member: Owner<Member> }>;

  constructor(private readonly platform: Platform) {
    const { unitOfWork } = platform;
    const inOrganization = ["projectId", "organizationId"] as const;
    this.#findById = prepareFind(unitOfWork, Member, "projectId", "memberId");
    this.#findByEmail = prepareFind(unitOfWork, Member, ...inOrganization, "normalizedEmail");
    this.#findByExternalId = prepareFind(unitOfWork, Member, ...inOrganization, "externalId");
    this.#owners = new PreparedRead(
      "owners-of-session",
      unitOfWork.read.dataSource,
      {
        organization: { entity: Organization, only: ["projectId", "status"] },
        member: { entity: Member, only: ["projectId", "status"] },
      },
      `FROM ${owners({ projectId: "$1", organizationId: "$2", memberId: "$3" })}`,
    );
  }

  async find(projectId: string, memberId: string): Promise<Member | null> {
    if (!isWellFormedText(memberId)) return null;
    return this.#findById(projectId, memberId);
  }

  async findByEmail(projectId: string, organizationId: string, emailAddress: string) {
    return this.#findByEmail(projectId, organizationId, normalizeEmail(emailAddress));
  }

  async findByExternalId(projectId: string, organizationId: string, externalId: string) {
    return this.#findByExternalId(projectId, organizationId, externalId);
  }

  /** @throws MEMBER_NOT_FOUND */
  async get(projectId: string, memberId: string): Promise<Member> {
    validate(idToLookUp, memberId, ["memberId"]);
    const member = await this.find(projectId, memberId);
    if (!member) throw memberNotFound();
    return member;
  }

  /**
   * Locks an active member and its active organization until the unit of work ends. A concurrent deactivation waits,
   * and then revokes the sessions that this unit of work starts. Everything locks the organization first.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, also for an inactive one
   */
  async lockActive({ projectId, organizationId, memberId }: Member): Promise<void> {
    const { activeManager } = this.platform.unitOfWork;
    const key = [projectId, organizationId, memberId];
    const found = await this.#owners.firstIn(activeManager, key, OWNERS);
    const organization =
      found?.organization ??
      (await activeManager.findOneBy(Organization, { projectId, organizationId }));
    if (organization?.status !== "ACTIVE") throw organizationNotFound();
    if (found?.member.status !== "ACTIVE") throw memberNotFound();
  }

  /**
   * Stores a member whose fields have been validated; must run in a unit of work.
   * @param provisionedByProfileId id of the profile whose token describes the member
   * @throws BAD_USER_INPUT for its trusted metadata, ORGANIZATION_NOT_FOUND, VERSION_CONFLICT
   */
  async insert(
    caller: Caller,
    input: NewMember,
    provisionedByProfileId: string | null = null,
  ): Promise<Member> {
    const now = this.platform.clock.now();
    const member = Object.assign(new Member(), {
      projectId: caller.projectId,
      memberId: newId("member"),
      organizationId: input.organizationId,
      emailAddress: input.emailAddress ?? null,
      normalizedEmail: normalizeEmail(input.emailAddress),
      name: input.name ?? null,
      normalizedName: normalizeName(input.name),
      externalId: input.externalId ?? null,
      externalIdProfileId: input.externalId ? provisionedByProfileId : null,
      provisionedByProfileId,
      roles: input.roles ?? [],
      status: "ACTIVE" as const,
      trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    assertIdentified(member, "emailAddress");
    try {
      await conflictOnDuplicate(UNIQUE_FIELDS, () =>
        this.platform.unitOfWork.activeManager.insert(
          Member,
          member as QueryDeepPartialEntity<Member>,
        ),
      );
    } catch (error) {
      if (isForeignKeyViolation(error)) throw organizationNotFound();
      throw error;
    }
    await this.platform.auditLog.record(caller, {
      action: "member.create",
      targetId: member.memberId,
    });
    return member;
  }

  /**
   * Changes a member in a unit of work: `mutate` edits the loaded row.
   * @throws MEMBER_NOT_FOUND, VERSION_CONFLICT, BAD_USER_INPUT for a member that nothing would identify
   */
  async change(caller: Caller, ref: MemberRef, mutate: (member: Member) => void): Promise<Member> {
    return this.platform.unitOfWork.write(async (manager) => {
      const member = await this.#getForUpdate(caller.projectId, ref);
      const hadAddress = member.emailAddress !== null;
      const isChanged = await applyChange(member, this.platform.clock.now(), mutate);
      if (!isChanged) return member;
      assertIdentified(member, hadAddress ? "emailAddress" : "externalId");
      member.normalizedEmail = normalizeEmail(member.emailAddress);
      member.normalizedName = normalizeName(member.name);
      const { projectId, memberId, ...columns } = member;
      await conflictOnDuplicate(UNIQUE_FIELDS, () =>
        manager.update(Member, { projectId, memberId }, columns as QueryDeepPartialEntity<Member>),
      );
      await this.platform.auditLog.record(caller, { action: "member.update", targetId: memberId });
      return member;
    });
  }

  /** @throws MEMBER_NOT_FOUND, VERSION_CONFLICT */
  async delete(
    caller: Caller,
    ref: MemberRef,
    revokeSessions: RevokeSessions,
    deleteClients: DeleteOwnedClients,
  ): Promise<void> {
    await this.platform.unitOfWork.write(async (manager) => {
      const { projectId, memberId } = await this.#getForUpdate(caller.projectId, ref);
      // The sessions are deleted too, but not those that were exchanged from them.
      await revokeSessions(caller, { memberId }, { isDeletion: true });
      await deleteClients(caller, { memberId });
      await manager.delete(Member, { projectId, memberId });
      await this.platform.auditLog.record(caller, { action: "member.delete", targetId: memberId });
    });
  }

  async #getForUpdate(
    projectId: string,
    { memberId, expectedVersion }: MemberRef,
  ): Promise<Member> {
    const member = await this.platform.unitOfWork.findForUpdate(Member, { projectId, memberId });
    if (!member) throw memberNotFound();
    assertVersion(member.version, expectedVersion);
    return member;
  }
}

export function normalizeEmail<Address extends string | null | undefined>(emailAddress: Address) {
  return (emailAddress?.toLowerCase() ?? null) as Address extends string ? string : string | null;
}

/** @param field the input field to blame */
function assertIdentified({ emailAddress, externalId }: Member, field: keyof Member): void {
  if (emailAddress !== null || externalId !== null) return;
  throw badUserInput(["input", field], "A member needs an email address or an external id");
}

export function memberNotFound(options?: CountersignErrorOptions) {
  return new CountersignError("MEMBER_NOT_FOUND", "No such member", {}, options);
}
