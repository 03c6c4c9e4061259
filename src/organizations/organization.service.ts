import { isDeepStrictEqual } from "node:util";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import { validate, validateChange } from "../shared/validation.js";
import type { NewOrganization, OrganizationDescription } from "./build-organization.js";
import type { DeleteOwnedClients } from "./delete-owned-clients.js";
import {
  type AssertMembersMayGrant,
  assertMaySetMemberClients,
  type MemberClients,
  type MemberClientsInput,
} from "./member-clients.js";
import { Organization, type OrganizationStatus } from "./organization.entity.js";
import {
  createOrganizationRules,
  organizationRef,
  updateOrganizationRules,
} from "./organization-rules.js";
import type { OrganizationRef, OrganizationStore } from "./organization-store.js";
import type { RevokeSessions } from "./revoke-sessions.js";

/** Absent fields stay unchanged, null clears a field, and trusted metadata is merged at the top level. */
export interface OrganizationChange extends OrganizationDescription {
  organizationId: string;
  name?: string | null;
  status?: OrganizationStatus | null;
  /** True replaces the project's former default; false leaves the project without a default. */
  isDefault?: boolean | null;
  memberClients?: MemberClientsInput | null;
  expectedVersion?: number | null;
}

/** Finds, creates, changes and deletes organizations. */
export class OrganizationService {
  constructor(
    private readonly platform: Platform,
    private readonly store: OrganizationStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly deleteClients: DeleteOwnedClients,
    private readonly assertMembersMayGrant: AssertMembersMayGrant,
  ) {}

  async find(caller: Caller, organizationId: string): Promise<Organization | null> {
    assertPermitted(caller, "organizations:read");
    const { batchedReads } = this.platform;
    return batchedReads.find(caller, Organization, "organizationId", organizationId);
  }

  /** @throws BAD_USER_INPUT, FORBIDDEN, ALREADY_EXISTS, API_NOT_FOUND, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewOrganization): Promise<Organization> {
    assertPermitted(caller, "organizations:write");
    const validated = validate(createOrganizationRules, input);
    const { projectId } = caller;
    const { idempotencyKey: key } = validated;
    return this.platform.idempotency.run(
      { projectId, operation: "createOrganization", key, input: validated },
      async (recordResult) =>
        this.platform.unitOfWork.write(async () => {
          await this.#assertMaySet(caller, null, validated.memberClients);
          const organization = await this.store.insert(caller, validated);
          await recordResult(organization.organizationId);
          return organization;
        }),
      async (organizationId) => this.store.get(projectId, organizationId),
    );
  }

  /**
   * Revokes the sessions of its members if the organization becomes inactive.
   * @throws BAD_USER_INPUT, FORBIDDEN, ORGANIZATION_NOT_FOUND, API_NOT_FOUND, VERSION_CONFLICT
   */
  async update(caller: Caller, input: OrganizationChange): Promise<Organization> {
    assertPermitted(caller, "organizations:write");
    const validated = validateChange(updateOrganizationRules, input);
    const { organizationId, expectedVersion, trustedMetadata, isDefault, ...patch } = validated;
    const { projectId } = caller;
    const ref = { organizationId, expectedVersion };
    return this.platform.unitOfWork.write(async () => {
      if (isDefault !== undefined) await this.store.passInTurn(projectId);
      let isDeactivated = false;
      const organization = await this.store.change(caller, ref, async (loaded) => {
        await this.#assertMaySet(caller, loaded.memberClients, patch.memberClients);
        isDeactivated = loaded.status === "ACTIVE" && patch.status === "INACTIVE";
        if (isDefault && !loaded.isDefault) await this.store.clearDefault(caller);
        if (isDefault !== undefined) loaded.defaultOfProject = isDefault ? projectId : null;
        Object.assign(loaded, patch, {
          trustedMetadata: mergeTrustedMetadata(loaded.trustedMetadata, trustedMetadata ?? {}),
        });
      });
      if (isDeactivated) await this.revokeSessions(caller, { organizationId });
      return organization;
    });
  }

  /**
   * Deletes the organization, its members, their sessions, and the clients that belong to it or to them.
   * @throws ORGANIZATION_NOT_FOUND, VERSION_CONFLICT
   */
  async delete(caller: Caller, input: OrganizationRef): Promise<string> {
    assertPermitted(caller, "organizations:write");
    const ref = validate(organizationRef, input);
    await this.store.delete(caller, ref, this.revokeSessions, this.deleteClients);
    return ref.organizationId;
  }

  /** @throws FORBIDDEN, API_NOT_FOUND, BAD_USER_INPUT */
  async #assertMaySet(
    caller: Caller,
    former: MemberClients | null,
    next: MemberClients | null | undefined,
  ): Promise<void> {
    if (!next || isDeepStrictEqual(former, next)) return;
    assertMaySetMemberClients(caller);
    await this.assertMembersMayGrant(caller.projectId, next);
  }
}
