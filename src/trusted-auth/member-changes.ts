import { isDeepStrictEqual } from "node:util";
import type { Member } from "../organizations/member.entity.js";
import type { MemberStore } from "../organizations/member-store.js";
import type { MappedIdentity } from "./attribute-mapping.js";
import type { LeftOut } from "./left-out.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

/** What a trusted auth token changes in its member. */
export interface MemberPatch {
  patch: Partial<
    Pick<Member, "externalId" | "externalIdProfileId" | "roles" | "emailAddress" | "name">
  >;
  /** The address, if another member of the organization has it. */
  leftOut: LeftOut[];
}

/** Decides what a token changes in the member that it identifies. */
export class MemberChanges {
  constructor(private readonly members: MemberStore) {}

  /**
   * A new external id and changed roles, and a changed address and name if they follow the token. A member keeps
   * its address if the token has none, or that of another member.
   */
  async from(
    identity: MappedIdentity,
    profile: TrustedAuthProfile,
    member: Member,
  ): Promise<MemberPatch> {
    const { email, externalMemberId, name, roles } = identity;
    const follows = followsToken(profile, member, identity);
    const newAddress = follows && email !== member.emailAddress ? email : null;
    const isInUse = newAddress !== null && (await this.#isAddressOfOther(member, newAddress));
    const claim = profile.attributeMapping.email ?? "";
    return {
      patch: {
        ...(member.externalId === null &&
          externalMemberId !== null && {
            externalId: externalMemberId,
            externalIdProfileId: profile.profileId,
          }),
        ...(roles && !isDeepStrictEqual(roles, member.roles) && { roles }),
        ...(newAddress !== null && !isInUse && { emailAddress: newAddress }),
        ...(follows && name !== null && { name }),
      },
      leftOut: isInUse ? [{ attribute: "email", claim, reason: "IN_USE", count: 1 }] : [],
    };
  }

  async #isAddressOfOther(
    { projectId, organizationId, memberId }: Member,
    emailAddress: string,
  ): Promise<boolean> {
    const owner = await this.members.findByEmail(projectId, organizationId, emailAddress);
    return owner !== null && owner.memberId !== memberId;
  }
}

/** Only the issuer's own id shows that the token is still of the person whose address and name it changes. */
function followsToken(
  { memberUpdates, profileId }: TrustedAuthProfile,
  { externalId, provisionedByProfileId }: Member,
  { externalMemberId }: MappedIdentity,
): boolean {
  if (externalMemberId === null || externalId !== externalMemberId) return false;
  if (memberUpdates === "PROVISIONED") return provisionedByProfileId === profileId;
  return memberUpdates === "ALL";
}
