import { Member } from "../../../../src/organizations/member.entity.js";
import { Organization } from "../../../../src/organizations/organization.entity.js";
import { Session } from "../../../../src/sessions/session.entity.js";
import { mergeCustomClaims } from "../../../../src/sessions/session-custom-claims.js";
import type { SessionJwtContents } from "../../../../src/sessions/session-token-profiles.js";
import { secondsFrom } from "../../../../src/shared/clock.js";
import { newId } from "../../../../src/shared/ids.js";
import { mergeTrustedMetadata } from "../../../../src/shared/trusted-metadata.js";
import type { TestSessionRequest } from "../test-issuer.js";

const HOUR_SECONDS = 3600;

/** What a session JWT tells of a session that has just begun. @throws BAD_USER_INPUT */
export function buildSession(
  projectId: string,
  request: TestSessionRequest,
  now: Date,
): SessionJwtContents {
  const { memberId, organizationId = "organization_test", roles = [] } = request;
  const session = Object.assign(new Session(), {
    projectId,
    sessionId: newId("session"),
    memberId,
    organizationId,
    startedAt: now,
    lastAccessedAt: now,
    expiresAt: secondsFrom(now, HOUR_SECONDS),
    customClaims: mergeCustomClaims({}, { ...request.claims }),
    authenticationFactors: [],
  });
  const member = Object.assign(new Member(), {
    projectId,
    memberId,
    organizationId,
    emailAddress: request.emailAddress ?? null,
    name: request.name ?? null,
    externalId: null,
    roles: [...roles],
    trustedMetadata: mergeTrustedMetadata({}, { ...request.trustedMetadata }),
  });
  const organization = Object.assign(new Organization(), {
    projectId,
    organizationId,
    name: organizationId,
    slug: organizationId,
    externalId: null,
    trustedMetadata: {},
  });
  return { session, member, organization };
}
