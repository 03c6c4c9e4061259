import { isDeepStrictEqual } from "node:util";
import type { Member } from "../organizations/member.entity.js";
import { type MemberStore, memberNotFound } from "../organizations/member-store.js";
import type { Organization } from "../organizations/organization.entity.js";
import { externalId, MAX_NAME_LENGTH } from "../organizations/organization-rules.js";
import {
  type OrganizationStore,
  organizationNotFound,
} from "../organizations/organization-store.js";
import type { Caller } from "../shared/caller.js";
import { badUserInput } from "../shared/errors.js";
import type { MappedIdentity } from "./attribute-mapping.js";
import type { MemberPatch } from "./member-changes.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileStore } from "./profile-store.js";
import { shareIssuer } from "./trusted-issuers.js";

/** For those who may know the profile. */
const NOT_FOUND = {
  ORGANIZATION:
    "No organization has the id that the token names as its id or external id, and the profile creates none (canJitProvisionOrganizations)",
  NO_EXTERNAL_ID: "The organization's id in the token cannot be the external id of a new one",
  OTHER_ORGANIZATION: "The token names another organization than the profile's",
  INACTIVE_ORGANIZATION: "The organization is not active",
  MEMBER:
    "The organization has no member with the token's external id or email address, and none may be created (canJitProvision)",
  INACTIVE_MEMBER: "The member is not active",
  OTHER_IDENTITY:
    "The member with the token's email address has another external id, so it may be somebody else: if it is not, change its externalId",
  OTHER_ISSUER:
    "The member with the token's external id got it from the profile of another issuer, so it is somebody else: an id counts for both if the profiles have an issuer in common",
};

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
  changes: MemberPatch;
}

/** Finds the organization and member of a trusted auth token, and creates those that are missing. */
export class MemberProvisioner {
  constructor(
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
    private readonly profiles: ProfileStore,
  ) {}

  /**
   * Takes the organization of the profile, otherwise the one whose id or external id the token contains,
   * otherwise the caller's choice, otherwise the default organization. They must not contradict each other.
   * @param requestedReference id, slug or external id of the caller's choice
   * @param ofProfile the organization of the profile or the default one, if the caller has just read it
   * @throws ORGANIZATION_NOT_FOUND, BAD_USER_INPUT
   */
  async findOrganization(
    profile: TrustedAuthProfile,
    { organizationId: claimedId }: MappedIdentity,
    requestedReference: string | null | undefined,
    ofProfile?: Organization | null,
  ): Promise<OrganizationTarget> {
    const { projectId, organizationId: profileOrganizationId } = profile;
    const claimed = claimedId === null ? null : await this.#findByAnyId(projectId, claimedId);
    if (
      profileOrganizationId !== null &&
      claimedId !== null &&
      claimed?.organizationId !== profileOrganizationId
    ) {
      throw organizationNotFound({ explanation: NOT_FOUND.OTHER_ORGANIZATION });
    }
    const designated =
      profileOrganizationId === null
        ? claimed
        : (ofProfile ?? (await this.organizations.get(projectId, profileOrganizationId)));
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
    if (claimedId === null) {
      return toActiveTarget(ofProfile ?? (await this.organizations.findDefault(projectId)));
    }
    if (!profile.canJitProvisionOrganizations) {
      throw organizationNotFound({ explanation: NOT_FOUND.ORGANIZATION });
    }
    if (!externalId.safeParse(claimedId).success) {
      throw organizationNotFound({ explanation: NOT_FOUND.NO_EXTERNAL_ID });
    }
    return { organization: null, externalId: claimedId, isCallerChosen: false };
  }

  /**
   * Finds the member by external id, then by email address if the token has one. A member with the token's email
   * address but another external id is a different person, since email addresses are reassigned. So is one with the
   * same external id of another issuer.
   * @param mayProvision whether a missing member may be created
   * @returns null if the member has yet to be created
   * @throws MEMBER_NOT_FOUND
   */
  async findMember(
    profile: TrustedAuthProfile,
    organization: Organization | null,
    { email, externalMemberId }: MappedIdentity,
    mayProvision: boolean,
  ): Promise<Member | null> {
    const existing =
      organization &&
      (await this.#findExisting(profile, organization.organizationId, email, externalMemberId));
    if (!existing) {
      if (mayProvision) return null;
      throw memberNotFound({ explanation: NOT_FOUND.MEMBER });
    }
    if (existing.status !== "ACTIVE") {
      throw memberNotFound({ explanation: NOT_FOUND.INACTIVE_MEMBER });
    }
    const belongsToOtherIdentity =
      externalMemberId !== null &&
      existing.externalId !== null &&
      existing.externalId !== externalMemberId;
    if (belongsToOtherIdentity) throw memberNotFound({ explanation: NOT_FOUND.OTHER_IDENTITY });
    return existing;
  }

  /**
   * Creates the missing organization and member, and changes an existing member; must run in a unit of work.
   * @throws ALREADY_EXISTS, VERSION_CONFLICT
   */
  async provision(
    caller: Caller,
    { profileId }: TrustedAuthProfile,
    target: ProvisioningTarget,
    identity: MappedIdentity,
  ) {
    const organization = target.organization ?? (await this.#createOrganization(caller, target));
    const { organizationId } = organization;
    const { email, externalMemberId, name, roles } = identity;
    const { member: existing, changes } = target;
    if (!existing) {
      const newMember = {
        organizationId,
        emailAddress: email,
        externalId: externalMemberId,
        name,
        roles,
      };
      return { organization, member: await this.members.insert(caller, newMember, profileId) };
    }
    if (isDeepStrictEqual({ ...existing }, { ...existing, ...changes.patch })) {
      return { organization, member: existing };
    }
    const { memberId } = existing;
    const member = await this.members.change(caller, { memberId }, (loaded) => {
      Object.assign(loaded, changes.patch);
    });
    return { organization, member };
  }

  async #createOrganization(caller: Caller, target: ProvisioningTarget): Promise<Organization> {
    const { externalId } = target;
    return externalId === null
      ? this.organizations.getOrCreateDefault(caller)
      : this.organizations.insert(caller, { name: nameFrom(externalId), externalId });
  }

  async #findByAnyId(projectId: string, id: string): Promise<Organization | null> {
    return (
      (await this.organizations.find(projectId, id)) ??
      (await this.organizations.findByExternalId(projectId, id))
    );
  }

  async #findExisting(
    profile: TrustedAuthProfile,
    organizationId: string,
    email: string | null,
    externalMemberId: string | null,
  ): Promise<Member | null> {
    const { projectId } = profile;
    const byExternalId =
      externalMemberId === null
        ? null
        : await this.members.findByExternalId(projectId, organizationId, externalMemberId);
    if (byExternalId && !(await this.#mayIdentify(profile, byExternalId))) {
      throw memberNotFound({ explanation: NOT_FOUND.OTHER_ISSUER });
    }
    if (byExternalId || email === null) return byExternalId;
    return this.members.findByEmail(projectId, organizationId, email);
  }

  /** Whether an equal external id in a token of the profile means the member: two issuers may give the same one. */
  async #mayIdentify(
    profile: TrustedAuthProfile,
    { externalIdProfileId }: Member,
  ): Promise<boolean> {
    if (externalIdProfileId === null || externalIdProfileId === profile.profileId) return true;
    const origin = await this.profiles.find(profile.projectId, externalIdProfileId);
    return origin === null || shareIssuer(origin, profile);
  }
}

/** As much of an external id as a name can have, without half a surrogate pair at its end. */
function nameFrom(externalId: string): string {
  return externalId.slice(0, MAX_NAME_LENGTH).replace(/[\ud800-\udbff]$/, "");
}

/** @param organization null: the project's default organization, which has yet to be created */
function toActiveTarget(
  organization: Organization | null,
  isCallerChosen = false,
): OrganizationTarget {
  if (organization && organization.status !== "ACTIVE") {
    throw organizationNotFound({ explanation: NOT_FOUND.INACTIVE_ORGANIZATION });
  }
  return { organization, externalId: null, isCallerChosen };
}
