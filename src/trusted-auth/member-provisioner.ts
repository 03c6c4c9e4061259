import type { Member } from "../organizations/member.entity.js";
import { type MemberStore, memberNotFound } from "../organizations/member-store.js";
import type { Organization } from "../organizations/organization.entity.js";
import { externalId } from "../organizations/organization-rules.js";
import {
  type OrganizationStore,
  organizationNotFound,
} from "../organizations/organization-store.js";
import type { Caller } from "../shared/caller.js";
import { badUserInput } from "../shared/errors.js";
import type { MappedIdentity } from "./attribute-mapping.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

/** The organization of a trusted auth token. */
export interface OrganizationTarget {
  /** Null if the organization has yet to be created. */
  organization: Organization | null;
  /** External id of the organization to create; null for the project's default organization. */
  externalId: string | null;
  /** Whether only the caller names the organization, and neither the token nor the profile does. */
  isCallerChosen: boolean;
}

/** The organization and member of a trusted auth token. */
export interface ProvisioningTarget extends OrganizationTarget {
  /** Null if the member has yet to be created. */
  member: Member | null;
}

/** Finds the organization and member of a trusted auth token, and creates those that are missing. */
export class MemberProvisioner {
  constructor(
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
  ) {}

  /**
   * Takes the organization of the profile, otherwise the one whose id or external id the token contains,
   * otherwise the caller's choice, otherwise the default organization. They must not contradict each other.
   * @param requestedReference id, slug or external id of the caller's choice
   * @throws ORGANIZATION_NOT_FOUND, BAD_USER_INPUT
   */
  async findOrganization(
    profile: TrustedAuthProfile,
    { organizationId: claimedId }: MappedIdentity,
    requestedReference: string | null | undefined,
  ): Promise<OrganizationTarget> {
    const { projectId, organizationId: profileOrganizationId } = profile;
    const claimed = claimedId === null ? null : await this.#findByAnyId(projectId, claimedId);
    if (
      profileOrganizationId !== null &&
      claimedId !== null &&
      claimed?.organizationId !== profileOrganizationId
    ) {
      throw organizationNotFound();
    }
    const designated =
      profileOrganizationId === null
        ? claimed
        : await this.organizations.get(projectId, profileOrganizationId);
    if (requestedReference) {
      const requested = await this.organizations.getByReference(projectId, requestedReference);
      const isDesignated = designated !== null || claimedId !== null;
      if (isDesignated && designated?.organizationId !== requested.organizationId) {
        throw badUserInput(
          ["input", "organizationId"],
          "Must be the organization of the token or the profile",
        );
      }
      return toActiveTarget(requested, !isDesignated);
    }
    if (designated) return toActiveTarget(designated);
    if (claimedId === null) return toActiveTarget(await this.organizations.findDefault(projectId));
    if (!profile.canJitProvisionOrganizations || !externalId.safeParse(claimedId).success) {
      throw organizationNotFound();
    }
    return { organization: null, externalId: claimedId, isCallerChosen: false };
  }

  /**
   * Finds the member by external id, then by email address. A member with the token's email address but
   * another external id is a different person, since email addresses are reassigned.
   * @param mayProvision whether a missing member may be created
   * @returns null if the member has yet to be created
   * @throws MEMBER_NOT_FOUND
   */
  async findMember(
    projectId: string,
    organization: Organization | null,
    { email, externalMemberId }: MappedIdentity,
    mayProvision: boolean,
  ): Promise<Member | null> {
    const existing =
      organization &&
      (await this.#findExisting(projectId, organization.organizationId, email, externalMemberId));
    if (!existing) {
      if (mayProvision) return null;
      throw memberNotFound();
    }
    if (existing.status !== "ACTIVE") throw memberNotFound();
    const belongsToOtherIdentity =
      externalMemberId !== null &&
      existing.externalId !== null &&
      existing.externalId !== externalMemberId;
    if (belongsToOtherIdentity) throw memberNotFound();
    return existing;
  }

  /**
   * Creates the missing organization and member, and copies a new external id and changed roles to an
   * existing member; must run in a unit of work.
   * @throws VERSION_CONFLICT
   */
  async provision(caller: Caller, target: ProvisioningTarget, identity: MappedIdentity) {
    const organization = target.organization ?? (await this.#createOrganization(caller, target));
    const { organizationId } = organization;
    const { email, externalMemberId, name, roles } = identity;
    const { member: existing } = target;
    if (!existing) {
      const newMember = {
        organizationId,
        emailAddress: email,
        externalId: externalMemberId,
        name,
        roles,
      };
      return { organization, member: await this.members.insert(caller, newMember) };
    }
    const patch = {
      ...(externalMemberId !== null &&
        existing.externalId === null && { externalId: externalMemberId }),
      ...(roles && String(roles) !== String(existing.roles) && { roles }),
    };
    const { memberId } = existing;
    if (Object.keys(patch).length === 0) return { organization, member: existing };
    const member = await this.members.change(caller, { memberId }, (loaded) => {
      Object.assign(loaded, patch);
    });
    return { organization, member };
  }

  async #createOrganization(caller: Caller, target: ProvisioningTarget): Promise<Organization> {
    const { externalId } = target;
    return externalId === null
      ? this.organizations.getOrCreateDefault(caller)
      : this.organizations.insert(caller, { name: externalId, externalId });
  }

  async #findByAnyId(projectId: string, id: string): Promise<Organization | null> {
    return (
      (await this.organizations.find(projectId, id)) ??
      (await this.organizations.findByExternalId(projectId, id))
    );
  }

  async #findExisting(
    projectId: string,
    organizationId: string,
    email: string,
    externalMemberId: string | null,
  ): Promise<Member | null> {
    const byExternalId =
      externalMemberId === null
        ? null
        : await this.members.findByExternalId(projectId, organizationId, externalMemberId);
    return byExternalId ?? this.members.findByEmail(projectId, organizationId, email);
  }
}

/** @param organization null: the project's default organization, which has yet to be created */
function toActiveTarget(
  organization: Organization | null,
  isCallerChosen = false,
): OrganizationTarget {
  if (organization && organization.status !== "ACTIVE") throw organizationNotFound();
  return { organization, externalId: null, isCallerChosen };
}
