import { decodeProtectedHeader } from "jose";
import type { GraphqlClient } from "../support/graphql-client.js";
import { type Credentials, issueToken, VERIFY_TOKEN } from "../support/operations.js";
import type { ServerUnderTest } from "../support/test-server.js";

const KEY_FIELDS = "kid algorithm status publicJwk createdAt activatedAt retiresAt revokedAt";

export const LIST_KEYS = `query ($first: Int, $after: String) {
  signingKeys(first: $first, after: $after) { nodes { ${KEY_FIELDS} } pageInfo { hasNextPage endCursor } totalCount }
}`;
export const ROTATE_KEY = `mutation ($input: RotateSigningKeyInput!) {
  rotateSigningKey(input: $input) { signingKey { ${KEY_FIELDS} } }
}`;
export const REVOKE_KEY = `mutation ($input: RevokeSigningKeyInput!) {
  revokeSigningKey(input: $input) { signingKey { ${KEY_FIELDS} } }
}`;

export interface SigningKeyView {
  kid: string;
  algorithm: string;
  status: "NEXT" | "CURRENT" | "PREVIOUS" | "REVOKED";
  publicJwk: Record<string, unknown>;
  createdAt: string;
  activatedAt: string | null;
  retiresAt: string | null;
  revokedAt: string | null;
}

/** The algorithm of these tests. Its keys are generated quickly. */
export const ALGORITHM = "ES256";

export async function signingKeys(
  as: GraphqlClient,
  algorithm = ALGORITHM,
): Promise<SigningKeyView[]> {
  const { nodes } = (await as.request(LIST_KEYS, { first: 200 })).signingKeys;
  return nodes.filter((key: SigningKeyView) => key.algorithm === algorithm);
}

/** The only key with the status; throws if there are none or several. */
export async function findKey(
  as: GraphqlClient,
  status: SigningKeyView["status"],
  algorithm = ALGORITHM,
): Promise<SigningKeyView> {
  const matching = (await signingKeys(as, algorithm)).filter((key) => key.status === status);
  const [key] = matching;
  if (!key || matching.length > 1) throw new Error(`expected one key with the status ${status}`);
  return key;
}

export async function rotate(as: GraphqlClient, input: object = {}): Promise<SigningKeyView> {
  return (await as.request(ROTATE_KEY, { input })).rotateSigningKey.signingKey;
}

export async function revoke(as: GraphqlClient, kid: string): Promise<SigningKeyView> {
  return (await as.request(REVOKE_KEY, { input: { kid } })).revokeSigningKey.signingKey;
}

/** Ids of the published keys except RSA keys. */
export async function publishedKids(
  server: ServerUnderTest,
  projectId = server.projectId,
): Promise<string[]> {
  const answer = await fetch(`${server.url}/projects/${projectId}/.well-known/jwks.json`);
  const { keys } = (await answer.json()) as { keys: { kid: string; kty: string }[] };
  return keys.filter(({ kty }) => kty !== "RSA").map(({ kid }) => kid);
}

/** Issues a token and returns it with the id of its signing key. */
export async function signedToken(server: ServerUnderTest, client: Credentials) {
  const { accessToken } = await issueToken(server.anonymous, client);
  return { accessToken, kid: decodeProtectedHeader(accessToken).kid ?? "" };
}

export async function isAccepted(server: ServerUnderTest, accessToken: string): Promise<boolean> {
  const { errors } = await server.anonymous.send(VERIFY_TOKEN, { input: { accessToken } });
  return errors.length === 0;
}
