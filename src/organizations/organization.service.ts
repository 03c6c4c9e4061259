import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { omitNulls } from "../shared/omit-nulls.js";
import { patchTrustedMetadata } from "../shared/trusted-metadata.js";
import { validate } from "../shared/validation.js";
import type { EndSessions } from "./end-sessions.js";
import type { Organization, OrganizationStatus } from "./organization.entity.js";
import {
  createOrganizationRules,
  organizationRef,
  updateOrganizationRules,
} from "./organization-rules.js";
import type {
  NewOrganization,
  OrganizationDescription,
  OrganizationRef,
  OrganizationStore,
} from "./organization-store.js";

/** Absent: unchanged. Null: cleared. Trusted metadata is merged at its top level. */
export interface OrganizationChange extends OrganizationDescription {
  organizationId: string;
  name?: string | null;
  status?: OrganizationStatus | null;
  /** True takes it away from the one that had it; false leaves the project without one. */
  isDefault?: boolean | null;
  expectedVersion?: number | null;
}

/** These always have a value, so null means to them what absent means. */
const NON_NULLABLE = ["name", "slug", "status", "isDefault"] as const;

export class OrganizationService {
  constructor(
    private readonly platform: Platform,
    private readonly store: OrganizationStore,
    private readonly endSessions: EndSessions,
  ) {}

  async find(caller: Caller, organizationId: string): Promise<Organization | null> {
    assertPermitted(caller, "organizations:read");
    return this.store.find(caller.projectId, organizationId);
  }

  /** @throws BAD_USER_INPUT, CONFLICT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewOrganization): Promise<Organization> {
    assertPermitted(caller, "organizations:write");
    const rules = validate(createOrganizationRules, input);
    const { projectId } = caller;
    return this.platform.idempotency.run(
      { projectId, operation: "createOrganization", key: rules.idempotencyKey, input: rules },
      async (recordResult) =>
        this.platform.unitOfWork.write(async () => {
          const organization = await this.store.insert(caller, rules);
          await recordResult(organization.organizationId);
          return organization;
        }),
      async (organizationId) => this.store.get(projectId, organizationId),
    );
  }

  /**
   * Its sessions end when it becomes inactive.
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CONFLICT
   */
  async update(caller: Caller, input: OrganizationChange): Promise<Organization> {
    assertPermitted(caller, "organizations:write");
    const rules = validate(updateOrganizationRules, omitNulls(input, ...NON_NULLABLE));
    const { organizationId, expectedVersion, trustedMetadata, isDefault, ...patch } = rules;
    const { projectId } = caller;
    const ref = { organizationId, expectedVersion };
    return this.platform.unitOfWork.write(async () => {
      if (isDefault !== undefined) await this.store.lockProject(projectId);
      let isDeactivated = false;
      const organization = await this.store.change(caller, ref, async (loaded) => {
        isDeactivated = loaded.status === "ACTIVE" && patch.status === "INACTIVE";
        if (isDefault && !loaded.isDefault) await this.store.clearDefault(caller);
        if (isDefault !== undefined) loaded.defaultOfProject = isDefault ? projectId : null;
        Object.assign(loaded, patch, {
          trustedMetadata: patchTrustedMetadata(loaded.trustedMetadata, trustedMetadata),
        });
      });
      if (isDeactivated) await this.endSessions(caller, { organizationId });
      return organization;
    });
  }

  /** With its members and their sessions. @throws ORGANIZATION_NOT_FOUND, CONFLICT */
  async delete(caller: Caller, input: OrganizationRef): Promise<string> {
    assertPermitted(caller, "organizations:write");
    const ref = validate(organizationRef, input);
    await this.store.delete(caller, ref);
    return ref.organizationId;
  }
}
