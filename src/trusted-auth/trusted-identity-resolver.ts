import { badUserInput } from "../shared/errors.js";
import { isMemberMapping, type MappedIdentity, mapClaims } from "./attribute-mapping.js";
import type { MemberProvisioner, ProvisioningTarget } from "./member-provisioner.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./registered-claims.js";
import { type CheckRunner, withoutRecording } from "./token-checks.js";
import type { ReplayPolicy } from "./token-replay.js";
import type { TrustedAuthTokenVerifier } from "./trusted-auth-token-verifier.js";

/** A token whose signature and claims are good. */
export interface VerifiedToken {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  identity: MappedIdentity;
}

/** How a token is looked at, whether for a session or only to see what would happen. */
export class TrustedIdentityResolver {
  constructor(
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly provisioner: MemberProvisioner,
  ) {}

  /** May fetch keys, so no part of a unit of work. @throws INVALID_TRUSTED_AUTH_TOKEN, BAD_USER_INPUT */
  async verify(
    profile: TrustedAuthProfile,
    token: string,
    checks: CheckRunner = withoutRecording,
  ): Promise<VerifiedToken> {
    const claims = await this.verifier.verify(profile, token, checks);
    const identity = await checks.run("MAPPING", () => {
      const { attributeMapping: mapping } = profile;
      if (isMemberMapping(mapping)) return mapClaims(mapping, claims);
      throw badUserInput(["input", "profileId"], "The profile is for clients: it maps no members");
    });
    return { profile, claims, identity };
  }

  /**
   * @param organizationId the caller's wish
   * @param isPublic a caller whom nobody knows does not choose where new members go
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, BAD_USER_INPUT, INVALID_TRUSTED_AUTH_TOKEN: REPLAYED
   */
  async resolveMember(
    { profile, claims, identity }: VerifiedToken,
    { organizationId, isPublic }: { organizationId?: string | null | undefined; isPublic: boolean },
    replayPolicy: ReplayPolicy,
    checks: CheckRunner = withoutRecording,
  ): Promise<ProvisioningTarget> {
    const { tokenId } = identity;
    const target = await checks.run("ORGANIZATION", () =>
      this.provisioner.findOrganization(profile, identity, organizationId),
    );
    const mayProvision = profile.canJitProvision && !(isPublic && target.isCallerChosen);
    const member = await checks.run("MEMBER", () =>
      this.provisioner.findMember(profile.projectId, target.organization, identity, mayProvision),
    );
    if (profile.singleUseTokenId) {
      await checks.run("REPLAY", () => replayPolicy({ profile, claims, tokenId }));
    }
    return { ...target, member };
  }
}
