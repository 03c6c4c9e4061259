import type { GraphqlClient } from "../support/graphql-client.js";
import { AUDIENCE, ISSUER } from "./foreign-issuer.js";

const PROFILE = `profileId name issuer alternativeIssuers audience audienceClaim keys { jwksUrl publicKeys { publicKeyId algorithms jwk } }
  allowedAlgorithms clockToleranceSeconds maxTokenAgeSeconds claimConditions { claim operator values }
  attributeMapping { email tokenId organizationId externalMemberId name roles } organizationId canJitProvision canJitProvisionOrganizations memberUpdates clientId singleUseTokenId
  publicExchange allowedOrigins createdAt updatedAt version`;

export const CREATE_PROFILE = `mutation ($input: CreateProfileInput!) {
  createProfile(input: $input) { profile { ${PROFILE} } }
}`;
export const UPDATE_PROFILE = `mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { profile { ${PROFILE} } }
}`;
export const DELETE_PROFILE = `mutation ($input: DeleteProfileInput!) {
  deleteProfile(input: $input) { profileId }
}`;
export const GET_PROFILE = `query ($profileId: ID!) { profile(profileId: $profileId) { ${PROFILE} } }`;
export const ADD_KEY = `mutation ($input: AddProfileKeyInput!) {
  addProfileKey(input: $input) { profile { ${PROFILE} } }
}`;
export const REMOVE_KEY = `mutation ($input: RemoveProfileKeyInput!) {
  removeProfileKey(input: $input) { profile { ${PROFILE} } }
}`;
export const TEST_PROFILE = `mutation ($input: TestProfileInput!) {
  testProfile(input: $input) {
    profileTest {
      outcome
      checks { check status message code reason claim }
      attributes { email tokenId organizationId externalMemberId name roles }
      leftOut { attribute claim reason count }
      organizationId memberId clientId
    }
  }
}`;
export const ATTEST_SESSION = `mutation ($input: AttestSessionInput!) {
  attestSession(input: $input) {
    session {
      sessionId memberId organizationId startedAt lastAccessedAt expiresAt customClaims
      authenticationFactors { type deliveryMethod tokenId profileId lastAuthenticatedAt }
    }
    member { memberId emailAddress name externalId version }
    organization { organizationId slug }
    sessionToken
    sessionJwt
  }
}`;

export interface AttestedSession {
  session: {
    sessionId: string;
    memberId: string;
    organizationId: string;
    startedAt: string;
    lastAccessedAt: string;
    expiresAt: string;
    customClaims: Record<string, unknown>;
    authenticationFactors: Record<string, unknown>[];
  };
  member: {
    memberId: string;
    emailAddress: string | null;
    name: string | null;
    externalId: string | null;
  };
  organization: { organizationId: string; slug: string };
  sessionToken: string;
  sessionJwt: string;
}

export interface ProfileTestView {
  outcome: string;
  checks: {
    check: string;
    status: string;
    message: string;
    code: string | null;
    reason: string | null;
    claim: string | null;
  }[];
  attributes: Record<string, unknown> | null;
  leftOut: { attribute: string; claim: string; reason: string; count: number }[];
  organizationId: string | null;
  memberId: string | null;
  clientId: string | null;
}

export const MAPPING = { email: "email", tokenId: "session_id" };

export function profileInput(input: object) {
  return {
    name: "Foreign",
    issuer: ISSUER,
    audience: AUDIENCE,
    attributeMapping: MAPPING,
    ...input,
  };
}

/** Creates a profile and returns its id. */
export async function createProfile(as: GraphqlClient, input: object): Promise<string> {
  const variables = { input: profileInput(input) };
  return (await as.request(CREATE_PROFILE, variables)).createProfile.profile.profileId;
}

export async function attest(as: GraphqlClient, input: object): Promise<AttestedSession> {
  return (await as.request(ATTEST_SESSION, { input })).attestSession;
}

/** Runs a profile test, which checks a token without using it. */
export async function testProfile(as: GraphqlClient, input: object): Promise<ProfileTestView> {
  return (await as.request(TEST_PROFILE, { input })).testProfile.profileTest;
}

/** Code and details of the error. */
export async function attestFailure(as: GraphqlClient, input: object) {
  return (await as.failure(ATTEST_SESSION, { input })).extensions;
}
