import type { JWTPayload } from "jose";
import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { SessionTokenProfileName } from "../projects/project.entity.js";
import { STYTCH_CLAIMS } from "../projects/reserved-claims.js";
import type { Session } from "./session.entity.js";

/** The entities that a session JWT describes. */
export interface SessionJwtContents {
  session: Session;
  member: Member;
  organization: Organization;
}

/** The format of session JWTs: header `typ`, audience, and the claims that name the session. */
export interface SessionTokenProfile {
  /** Differs between the profiles. */
  typ: string;
  /** @param sessionAudience audience of session JWTs alone */
  audience(projectId: string, sessionAudience: string): string | string[];
  claims(contents: SessionJwtContents): JWTPayload;
  /** The claim with the session's id. Templates cannot set it, so no access token has it. */
  sessionClaim: string;
}

/** Claims of this server's own. Neither `typ` nor `aud` is that of an access token (RFC 8725 section 3.12). */
const defaultProfile: SessionTokenProfile = {
  typ: "session+jwt",
  audience: (_projectId, sessionAudience) => sessionAudience,
  claims: ({ session, member, organization }) => ({
    roles: member.roles,
    session: describeSession(session),
    organization: describeOrganization(organization),
  }),
  sessionClaim: "session",
};

/** What Stytch's SDKs verify: only claims distinguish it from an access token of the DEFAULT profile. */
const stytchProfile: SessionTokenProfile = {
  typ: "JWT",
  audience: (projectId) => [projectId],
  claims: ({ session, member, organization }) => ({
    [`${STYTCH_CLAIMS}session`]: {
      ...describeSession(session),
      roles: member.roles,
    },
    [`${STYTCH_CLAIMS}organization`]: describeOrganization(organization),
  }),
  sessionClaim: `${STYTCH_CLAIMS}session`,
};

export const sessionTokenProfiles: Readonly<Record<SessionTokenProfileName, SessionTokenProfile>> =
  { DEFAULT: defaultProfile, STYTCH: stytchProfile };

function describeSession(session: Session) {
  return {
    id: session.sessionId,
    started_at: session.startedAt.toISOString(),
    last_accessed_at: session.lastAccessedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    authentication_factors: session.authenticationFactors.map((factor) => ({
      type: factor.type,
      delivery_method: factor.deliveryMethod,
      token_id: factor.tokenId,
      profile_id: factor.profileId,
      last_authenticated_at: factor.lastAuthenticatedAt,
    })),
  };
}

function describeOrganization({ organizationId, slug }: Organization) {
  return { organization_id: organizationId, slug };
}
