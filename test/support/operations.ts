import { constantCase } from "../../src/graphql-types/graphql-enum.js";
import type { GraphqlClient, GraphqlError } from "./graphql-client.js";

/** Operations that tests of several features need as a set-up. */

const CLIENT_FIELDS = `clientId name description status scopes trustedMetadata accessTokenLifetimeSeconds
  secrets { lastFour status createdAt expiresAt lastUsedAt } createdAt updatedAt lastUsedAt expiresAt version`;

export interface SecretView {
  lastFour: string | null;
  status: "CURRENT" | "NEXT" | "PREVIOUS";
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

export interface ClientView {
  clientId: string;
  name: string | null;
  description: string | null;
  status: "ACTIVE" | "INACTIVE";
  scopes: string[];
  trustedMetadata: Record<string, unknown>;
  accessTokenLifetimeSeconds: number | null;
  secrets: SecretView[];
  createdAt: string;
  updatedAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  version: number;
}

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface IssuedToken {
  accessToken: string;
  tokenType: string;
  expiresIn: number;
  scope: string;
}

export const CREATE_CLIENT = `mutation ($input: CreateClientInput!) {
  createClient(input: $input) { client { ${CLIENT_FIELDS} } clientSecret }
}`;
export const IMPORT_CLIENT = `mutation ($input: ImportClientInput!) {
  importClient(input: $input) { client { ${CLIENT_FIELDS} } }
}`;
export const UPDATE_CLIENT = `mutation ($input: UpdateClientInput!) {
  updateClient(input: $input) { client { ${CLIENT_FIELDS} } }
}`;
export const DELETE_CLIENT = `mutation ($input: DeleteClientInput!) {
  deleteClient(input: $input) { clientId }
}`;
export const START_ROTATION = `mutation ($input: StartSecretRotationInput!) {
  startSecretRotation(input: $input) { client { ${CLIENT_FIELDS} } nextClientSecret }
}`;
export const ROTATE_SECRET = `mutation ($input: RotateSecretInput!) {
  rotateSecret(input: $input) { client { ${CLIENT_FIELDS} } clientSecret }
}`;
export const COMPLETE_ROTATION = `mutation ($input: CompleteSecretRotationInput!) {
  completeSecretRotation(input: $input) { client { ${CLIENT_FIELDS} } }
}`;
export const REVOKE_PREVIOUS = `mutation ($input: RevokePreviousSecretInput!) {
  revokePreviousSecret(input: $input) { client { ${CLIENT_FIELDS} } }
}`;
export const CANCEL_ROTATION = `mutation ($input: CancelSecretRotationInput!) {
  cancelSecretRotation(input: $input) { client { ${CLIENT_FIELDS} } }
}`;
export const GET_CLIENT = `query ($clientId: ID!) { client(clientId: $clientId) { ${CLIENT_FIELDS} } }`;
export const ISSUE_TOKEN = `mutation ($input: IssueTokenInput!) {
  issueToken(input: $input) { accessToken tokenType expiresIn scope }
}`;
export const VERIFY_TOKEN = `mutation ($input: VerifyTokenInput!) {
  verifyToken(input: $input) {
    token {
      clientId subject issuer audience scopes jti issuedAt expiresAt customClaims confirmation { jkt x5tS256 }
    }
  }
}`;
export const UPDATE_PROJECT = `mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) {
    project { projectId name environment issuer claimsTemplate accessTokenLifetimeSeconds signingAlgorithm version }
  }
}`;
export const CREATE_KEY = `mutation ($input: CreateManagementKeyInput!) {
  createManagementKey(input: $input) {
    managementKey { managementKeyId name permissions lastFour createdAt lastUsedAt expiresAt } secret
  }
}`;
export const DELETE_KEY = `mutation ($input: DeleteManagementKeyInput!) {
  deleteManagementKey(input: $input) { managementKeyId }
}`;

/** Creates a client and returns it with its secret. */
export async function createClient(
  as: GraphqlClient,
  input: object = {},
): Promise<ClientView & Credentials> {
  const { createClient: created } = await as.request(CREATE_CLIENT, {
    input: { scopes: ["read:users", "write:users"], ...input },
  });
  return { ...created.client, clientSecret: created.clientSecret };
}

export async function importClient(as: GraphqlClient, input: object): Promise<ClientView> {
  return (await as.request(IMPORT_CLIENT, { input })).importClient.client;
}

export async function getClient(as: GraphqlClient, clientId: string): Promise<ClientView | null> {
  return (await as.request(GET_CLIENT, { clientId })).client;
}

export async function updateClient(as: GraphqlClient, input: object): Promise<ClientView> {
  return (await as.request(UPDATE_CLIENT, { input })).updateClient.client;
}

export async function issueToken(
  as: GraphqlClient,
  { clientId, clientSecret }: Credentials,
  options: object = {},
): Promise<IssuedToken> {
  const input = { clientId, clientSecret, ...options };
  return (await as.request(ISSUE_TOKEN, { input })).issueToken;
}

/** The error of a token request that must fail. */
export async function tokenFailure(
  as: GraphqlClient,
  { clientId, clientSecret }: Credentials,
  options: object = {},
): Promise<GraphqlError> {
  return as.failure(ISSUE_TOKEN, { input: { clientId, clientSecret, ...options } });
}

export async function updateProject(as: GraphqlClient, input: object) {
  return (await as.request(UPDATE_PROJECT, { input })).updateProject.project;
}

/** @param permissions as scopes write them, such as `clients:read` */
export async function createKey(as: GraphqlClient, permissions: string[], options: object = {}) {
  const input = { name: "A key", permissions: permissions.map(constantCase), ...options };
  const { createManagementKey: created } = await as.request(CREATE_KEY, { input });
  return created as {
    managementKey: { managementKeyId: string; lastUsedAt: string | null };
    secret: string;
  };
}
