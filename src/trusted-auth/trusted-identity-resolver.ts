import type { Organization } from "../organizations/organization.entity.js";
import { badUserInput } from "../shared/errors.js";
import { isMemberMapping, type MappedIdentity, mapClaims } from "./attribute-mapping.js";
import type { MemberChanges, MemberPatch } from "./member-changes.js";
import type { MemberProvisioner, ProvisioningTarget } from "./member-provisioner.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./registered-claims.js";
import { type CheckRunner, withoutRecording } from "./token-checks.js";
import type { ReplayPolicy } from "./token-replay.js";
import type { TrustedAuthTokenVerifier } from "./trusted-auth-token-verifier.js";

/** A token with a valid signature and valid claims. */
export interface VerifiedTrustedAuthToken {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  identity: MappedIdentity;
}

interface MemberRequest {
  organizationId?: string | null | undefined;
  isPublic: boolean;
  ofProfile?: Organization | null;
}

const NO_CHANGES: MemberPatch = { patch: {}, leftOut: [] };

/** Verifies a trusted auth token and resolves the member that it identifies. */
export class TrustedIdentityResolver {
  constructor(
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly provisioner: MemberProvisioner,
    private readonly memberChanges: MemberChanges,
  ) {}

  /**
   * May fetch keys, so it must not run in a unit of work.
   * @throws INVALID_TRUSTED_AUTH_TOKEN, BAD_USER_INPUT
   */
  async verify(
    profile: TrustedAuthProfile,
    token: string,
    checks: CheckRunner = withoutRecording,
  ): Promise<VerifiedTrustedAuthToken> {
    const claims = await this.verifier.verify(profile, token, checks);
    const identity = await checks.run("MAPPING", () => {
      const { attributeMapping: mapping } = profile;
      if (isMemberMapping(mapping)) return mapClaims(mapping, claims, token.split(".")[1] ?? "");
      throw badUserInput(
        ["input", "profileId"],
        "The profile identifies no members: map email or externalMemberId to accept members",
      );
    });
    return { profile, claims, identity };
  }

  /**
   * Creates nothing. A public caller must not choose the organization of new members.
   * @param request.organizationId organization that the caller names
   * @param request.isPublic whether the caller has no management key
   * @param request.ofProfile see `findOrganization`
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, BAD_USER_INPUT, INVALID_TRUSTED_AUTH_TOKEN: REPLAYED
   */
  async resolveMember(
    { profile, claims, identity }: VerifiedTrustedAuthToken,
    { organizationId, isPublic, ofProfile }: MemberRequest,
    replayPolicy: ReplayPolicy,
    checks: CheckRunner = withoutRecording,
  ): Promise<ProvisioningTarget> {
    const { tokenId } = identity;
    const target = await checks.run("ORGANIZATION", () =>
      this.provisioner.findOrganization(profile, identity, organizationId, ofProfile),
    );
    const mayProvision = profile.canJitProvision && !(isPublic && target.isCallerChosen);
    const member = await checks.run("MEMBER", () =>
      this.provisioner.findMember(profile, target.organization, identity, mayProvision),
    );
    if (profile.singleUseTokenId) {
      await checks.run("REPLAY", () => replayPolicy({ profile, claims, tokenId }));
    }
    const changes = member ? await this.memberChanges.from(identity, profile, member) : NO_CHANGES;
    return { ...target, member, changes };
  }
}
