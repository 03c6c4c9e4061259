import { badUserInput } from "../shared/errors.js";
import { type MappedIdentity, mapClaims, mapsMembers } from "./attribute-mapping.js";
import { type Checks, unrecorded } from "./checks.js";
import type { Place, Placement } from "./placement.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./token-claims.js";
import type { UseToken } from "./token-use.js";
import type { TrustedAuthTokenVerifier } from "./trusted-auth-token.js";

/** A token whose signature and claims are good. */
export interface VerifiedToken {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  identity: MappedIdentity;
}

/** How a token is looked at, whether for a session or only to see what would happen. */
export class Examination {
  constructor(
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly placement: Placement,
  ) {}

  /** May fetch keys, so no part of a unit of work. @throws INVALID_TRUSTED_AUTH_TOKEN, BAD_USER_INPUT */
  async verify(
    profile: TrustedAuthProfile,
    token: string,
    checks: Checks = unrecorded,
  ): Promise<VerifiedToken> {
    const claims = await this.verifier.verify(profile, token, checks);
    const identity = await checks.run("MAPPING", () => {
      const { attributeMapping: mapping } = profile;
      if (mapsMembers(mapping)) return mapClaims(mapping, claims);
      throw badUserInput(["input", "profileId"], "The profile is for clients: it maps no members");
    });
    return { profile, claims, identity };
  }

  /**
   * @param organizationId the caller's wish
   * @param isPublic a caller whom nobody knows does not choose where new members go
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND, BAD_USER_INPUT, INVALID_TRUSTED_AUTH_TOKEN: REPLAYED
   */
  async place(
    { profile, claims, identity }: VerifiedToken,
    { organizationId, isPublic }: { organizationId?: string | null | undefined; isPublic: boolean },
    use: UseToken,
    checks: Checks = unrecorded,
  ): Promise<Place> {
    const { tokenId } = identity;
    const place = await checks.run("ORGANIZATION", () =>
      this.placement.findOrganization(profile, identity, organizationId),
    );
    const mayProvision = profile.canJitProvision && !(isPublic && place.namedByCaller);
    const member = await checks.run("MEMBER", () =>
      this.placement.findMember(profile.projectId, place.organization, identity, mayProvision),
    );
    if (profile.singleUseTokenId) {
      await checks.run("REPLAY", () => use({ profile, claims, tokenId }));
    }
    return { ...place, member };
  }
}
