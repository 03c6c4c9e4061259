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

/** Which organization is meant. */
export interface OrganizationTarget {
  /** Null: it would be created. */
  organization: Organization | null;
  /** External id of the one that would be created; null: the project's default one. */
  externalId: string | null;
  /** Whether only the caller has named it; neither the token nor the profile did. */
  isCallerChosen: boolean;
}

/** Which member is meant; null: one that would be created. */
export interface ProvisioningTarget extends OrganizationTarget {
  member: Member | null;
}

/** Where a token's bearer belongs. Finding changes nothing; `provision` makes what is missing. */
export class MemberProvisioner {
  constructor(
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
  ) {}

  /**
   * The profile's own, or by our id or external id in the token, or the caller's, or the default
   * one; they must not disagree.
   * @throws ORGANIZATION_NOT_FOUND, BAD_USER_INPUT
   */
  async findOrganization(
    { projectId, ...profile }: TrustedAuthProfile,
    { organizationId: mapped }: MappedIdentity,
    requested: string | null | undefined,
  ): Promise<OrganizationTarget> {
    const stated = mapped === null ? null : await this.#findByAnyId(projectId, mapped);
    const fixed = profile.organizationId;
    if (fixed !== null && mapped !== null && stated?.organizationId !== fixed) {
      throw organizationNotFound();
    }
    const designated = fixed === null ? stated : await this.organizations.get(projectId, fixed);
    if (requested) {
      const chosen = await this.organizations.get(projectId, requested);
      if ((designated || mapped !== null) && designated?.organizationId !== chosen.organizationId) {
        throw badUserInput(
          ["input", "organizationId"],
          "Must be the organization that the token or the profile names",
        );
      }
      return requireActive({
        organization: chosen,
        externalId: null,
        isCallerChosen: designated === null,
      });
    }
    if (designated)
      return requireActive({ organization: designated, externalId: null, isCallerChosen: false });
    if (mapped === null) {
      const byDefault = await this.organizations.findDefault(projectId);
      return requireActive({ organization: byDefault, externalId: null, isCallerChosen: false });
    }
    if (!profile.canJitProvisionOrganizations || !externalId.safeParse(mapped).success) {
      throw organizationNotFound();
    }
    return { organization: null, externalId: mapped, isCallerChosen: false };
  }

  /**
   * By external id, then by email. Whoever has another external id is somebody else, who had the
   * address before or has it now.
   * @param mayProvision whether one who is not there would be created
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
      existing.externalId !== null && existing.externalId !== externalMemberId;
    if (externalMemberId !== null && belongsToOtherIdentity) throw memberNotFound();
    return existing;
  }

  /** Creates and changes what the place asks for; part of a unit of work. @throws CONFLICT */
  async provision(caller: Caller, target: ProvisioningTarget, identity: MappedIdentity) {
    const organization = target.organization ?? (await this.#createOrganization(caller, target));
    const { organizationId } = organization;
    const { email, externalMemberId: external, name, roles } = identity;
    const { member: existing } = target;
    if (!existing) {
      const newMember = { organizationId, emailAddress: email, externalId: external, name, roles };
      return { organization, member: await this.members.insert(caller, newMember) };
    }
    const patch = {
      ...(external !== null && existing.externalId === null && { externalId: external }),
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
    const { externalId: id } = target;
    return id === null
      ? this.organizations.getOrCreateDefault(caller)
      : this.organizations.insert(caller, { name: id, externalId: id });
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
    external: string | null,
  ): Promise<Member | null> {
    const byExternalId =
      external === null
        ? null
        : await this.members.findByExternalId(projectId, organizationId, external);
    return byExternalId ?? this.members.findByEmail(projectId, organizationId, email);
  }
}

function requireActive(target: OrganizationTarget): OrganizationTarget {
  if (target.organization && target.organization.status !== "ACTIVE") throw organizationNotFound();
  return target;
}
