import type { Clock } from "../../src/shared/clock.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  type AttestedSession,
  attest,
  createProfile,
} from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const SESSION = `sessionId memberId organizationId startedAt lastAccessedAt expiresAt customClaims
  authenticationFactors { type deliveryMethod tokenId profileId lastAuthenticatedAt }`;

export const AUTHENTICATE_SESSION = `mutation ($input: AuthenticateSessionInput!) {
  authenticateSession(input: $input) {
    session { ${SESSION} }
    member { memberId emailAddress }
    organization { organizationId slug }
    sessionToken
    sessionJwt
  }
}`;
export const EXCHANGE_SESSION = `mutation ($input: ExchangeSessionInput!) {
  exchangeSession(input: $input) {
    session { ${SESSION} }
    member { memberId emailAddress }
    organization { organizationId slug }
    sessionToken
    sessionJwt
  }
}`;
export const REVOKE_SESSION = `mutation ($input: RevokeSessionInput!) {
  revokeSession(input: $input) { sessionId }
}`;
export const GET_SESSION = `query ($sessionId: ID!) { session(sessionId: $sessionId) { ${SESSION} } }`;
export const LIST_SESSIONS = `query ($owner: SessionOwnerInput!, $first: Int, $after: String) {
  sessions(owner: $owner, first: $first, after: $after) {
    nodes { sessionId } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

/** Creates a member, with a profile and an issuer that can start its sessions. */
export async function createSessionMember(
  server: { clock: Clock },
  operator: GraphqlClient,
  profile: object = {},
) {
  const issuer = await foreignIssuer(server.clock, "ES256");
  const { organizationId } = await createOrganization(operator);
  const profileId = await createProfile(operator, {
    keys: { publicKeys: [{ pem: issuer.pem }] },
    ...profile,
  });
  const { memberId } = await createMember(operator, organizationId);
  return {
    memberId,
    organizationId,
    profileId,
    /** A token that the profile accepts. */
    token: () => issuer.token(),
    startSession: async (input: object = {}): Promise<AttestedSession> =>
      attest(operator, { profileId, token: await issuer.token(), organizationId, ...input }),
  };
}

export async function authenticate(
  as: GraphqlClient,
  credential: object,
  options: object = {},
): Promise<AttestedSession> {
  const input = { credential, ...options };
  return (await as.request(AUTHENTICATE_SESSION, { input })).authenticateSession;
}

export async function authenticateFailure(
  as: GraphqlClient,
  credential: object,
  options: object = {},
) {
  return (await as.failure(AUTHENTICATE_SESSION, { input: { credential, ...options } })).extensions;
}
