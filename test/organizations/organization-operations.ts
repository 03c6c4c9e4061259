import type { GraphqlClient } from "../support/graphql-client.js";

const ORGANIZATION = `organizationId name slug externalId status isDefault trustedMetadata createdAt updatedAt version`;
const MEMBER = `memberId organizationId emailAddress name externalId provisionedByProfileId roles status trustedMetadata createdAt updatedAt version`;

export const CREATE_ORGANIZATION = `mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { ${ORGANIZATION} } }
}`;
export const UPDATE_ORGANIZATION = `mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { ${ORGANIZATION} } }
}`;
export const DELETE_ORGANIZATION = `mutation ($input: DeleteOrganizationInput!) {
  deleteOrganization(input: $input) { organizationId }
}`;
export const GET_ORGANIZATION = `query ($organizationId: ID!) {
  organization(organizationId: $organizationId) { ${ORGANIZATION} }
}`;
export const LIST_ORGANIZATIONS = `query (
  $first: Int, $after: String, $filter: OrganizationFilter, $orderBy: OrganizationOrder
) {
  organizations(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { organizationId name } pageInfo { hasNextPage endCursor } totalCount
  }
}`;
export const CREATE_MEMBER = `mutation ($input: CreateMemberInput!) {
  createMember(input: $input) { member { ${MEMBER} } }
}`;
export const UPDATE_MEMBER = `mutation ($input: UpdateMemberInput!) {
  updateMember(input: $input) { member { ${MEMBER} } }
}`;
export const DELETE_MEMBER = `mutation ($input: DeleteMemberInput!) {
  deleteMember(input: $input) { memberId }
}`;
export const GET_MEMBER = `query ($memberId: ID!) { member(memberId: $memberId) { ${MEMBER} } }`;
export const LIST_MEMBERS = `query (
  $organizationId: ID, $first: Int, $after: String, $filter: MemberFilter, $orderBy: MemberOrder
) {
  members(
    organizationId: $organizationId, first: $first, after: $after, filter: $filter, orderBy: $orderBy
  ) {
    nodes { memberId emailAddress } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

export interface OrganizationView {
  organizationId: string;
  name: string;
  slug: string;
  externalId: string | null;
  status: "ACTIVE" | "INACTIVE";
  isDefault: boolean;
  trustedMetadata: Record<string, unknown>;
  version: number;
}

export interface MemberView {
  memberId: string;
  organizationId: string;
  emailAddress: string | null;
  name: string | null;
  externalId: string | null;
  provisionedByProfileId: string | null;
  roles: string[];
  status: "ACTIVE" | "INACTIVE";
  trustedMetadata: Record<string, unknown>;
  version: number;
}

export async function createOrganization(
  as: GraphqlClient,
  input: object = {},
): Promise<OrganizationView> {
  const variables = { input: { name: "Analytical Engines", ...input } };
  return (await as.request(CREATE_ORGANIZATION, variables)).createOrganization.organization;
}

export async function updateOrganization(
  as: GraphqlClient,
  input: object,
): Promise<OrganizationView> {
  return (await as.request(UPDATE_ORGANIZATION, { input })).updateOrganization.organization;
}

export async function createMember(
  as: GraphqlClient,
  organizationId: string,
  input: object = {},
): Promise<MemberView> {
  const variables = { input: { organizationId, emailAddress: "ada@example.com", ...input } };
  return (await as.request(CREATE_MEMBER, variables)).createMember.member;
}

export async function getMember(as: GraphqlClient, memberId: string): Promise<MemberView | null> {
  return (await as.request(GET_MEMBER, { memberId })).member;
}

export async function updateMember(as: GraphqlClient, input: object): Promise<MemberView> {
  return (await as.request(UPDATE_MEMBER, { input })).updateMember.member;
}
