import { randomUUID } from "node:crypto";
import http from "node:http";
import { text as textOf } from "node:stream/consumers";
import { type CryptoKey, exportJWK, exportSPKI, type JWK, SignJWT } from "jose";
import { epochSeconds } from "../../src/shared/clock.js";
import { basicAuthorization, type GraphqlClient } from "../support/graphql-client.js";
import { keyPair } from "../support/key-pairs.js";
import type { Credentials } from "../support/operations.js";
import { PUBLIC_URL, type ServerUnderTest } from "../support/test-server.js";

/** Operations for tests of the OAuth endpoints: requests, APIs, grants, keys, assertions and proofs. */

export interface OAuthAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the members that it expects
  body: any;
}

export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export const issuerFor = (server: ServerUnderTest) => `${PUBLIC_URL}/projects/${server.projectId}`;
export const tokenPath = (server: ServerUnderTest) => `/projects/${server.projectId}/oauth/token`;
export const epoch = (server: ServerUnderTest) => epochSeconds(server.clock.now());
export const basicHeader = ({ clientId, clientSecret }: Credentials) => ({
  authorization: basicAuthorization(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
});

export async function send(
  server: ServerUnderTest,
  path: string,
  init: RequestInit = {},
): Promise<OAuthAnswer> {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const { status, headers } = response;
  return { status, headers, text, body: isJson ? JSON.parse(text) : null };
}

/** Sends a request with a Host header, which fetch does not allow. */
export async function sendTo(
  server: ServerUnderTest,
  host: string,
  path: string,
  form?: Record<string, string>,
  others: Record<string, string> = {},
  method = form ? "POST" : "GET",
): Promise<OAuthAnswer> {
  const response = await new Promise<http.IncomingMessage>((answered, failed) => {
    const type = form && { "content-type": "application/x-www-form-urlencoded" };
    const request = http.request(server.url + path, {
      method,
      headers: { host, ...type, ...others },
      agent: false,
    });
    request.once("response", answered).once("error", failed);
    request.end(form && new URLSearchParams(form).toString());
  });
  const text = await textOf(response);
  const headers = new Headers(response.headers as Record<string, string>);
  const body = headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
  return { status: response.statusCode ?? 0, headers, text, body };
}

type Parameters = Record<string, string> | [string, string][];

/** Sends a form, as most client libraries do. */
export function post(
  server: ServerUnderTest,
  path: string,
  parameters: Parameters,
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  return send(server, path, { method: "POST", body: new URLSearchParams(parameters), headers });
}

export function postJson(
  server: ServerUnderTest,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  return send(server, path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

export const GRANT = { grant_type: "client_credentials" };

export const postCredentials = ({ clientId, clientSecret }: Credentials) => ({
  ...GRANT,
  client_id: clientId,
  client_secret: clientSecret,
});

/** Requests a token with the client's secret in the body. */
export function requestToken(
  server: ServerUnderTest,
  client: Credentials,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  return post(server, tokenPath(server), { ...postCredentials(client), ...parameters }, headers);
}

/** Issues an access token; throws if the request fails. */
export async function issueAccessToken(
  server: ServerUnderTest,
  client: Credentials,
  parameters: Record<string, string> = {},
): Promise<string> {
  const { status, body, text } = await requestToken(server, client, parameters);
  if (status !== 200) throw new Error(`expected a token: ${text}`);
  return body.access_token;
}

const API_FIELDS = `apiId identifier name scopes { value description } advertisedScopes signingAlgorithm accessTokenLifetimeSeconds
  tokenProfile allowOmittedScope permissionsClaim introspectionClientId createdAt updatedAt version`;
const GRANT_FIELDS =
  "clientGrantId clientId apiId scopes allScopes accessTokenLifetimeSeconds createdAt updatedAt version";

export const CREATE_API = `mutation ($input: CreateApiInput!) {
  createApi(input: $input) { api { ${API_FIELDS} } }
}`;
export const UPDATE_API = `mutation ($input: UpdateApiInput!) {
  updateApi(input: $input) { api { ${API_FIELDS} } }
}`;
export const DELETE_API =
  "mutation ($input: DeleteApiInput!) { deleteApi(input: $input) { apiId } }";
export const GET_API = `query ($apiId: ID!) { api(apiId: $apiId) { ${API_FIELDS} } }`;
export const CREATE_GRANT = `mutation ($input: CreateClientGrantInput!) {
  createClientGrant(input: $input) { clientGrant { ${GRANT_FIELDS} } }
}`;
export const UPDATE_GRANT = `mutation ($input: UpdateClientGrantInput!) {
  updateClientGrant(input: $input) { clientGrant { ${GRANT_FIELDS} } }
}`;
export const DELETE_GRANT = `mutation ($input: DeleteClientGrantInput!) {
  deleteClientGrant(input: $input) { clientGrantId }
}`;
export const GET_GRANT = `query ($clientGrantId: ID!) { clientGrant(clientGrantId: $clientGrantId) { ${GRANT_FIELDS} } }`;

export interface ApiView {
  apiId: string;
  identifier: string;
  scopes: { value: string; description: string | null }[];
  advertisedScopes: string[];
  version: number;
  [field: string]: unknown;
}

export interface GrantView {
  clientGrantId: string;
  clientId: string;
  apiId: string;
  scopes: string[];
  version: number;
  [field: string]: unknown;
}

export const apiInput = (input: object = {}) => ({
  identifier: `https://${randomUUID()}.example.com`,
  name: "Invoices",
  scopes: [{ value: "read:invoices" }, { value: "write:invoices" }],
  ...input,
});

export async function createApi(as: GraphqlClient, input: object = {}): Promise<ApiView> {
  return (await as.request(CREATE_API, { input: apiInput(input) })).createApi.api;
}

export async function updateApi(as: GraphqlClient, input: object): Promise<ApiView> {
  return (await as.request(UPDATE_API, { input })).updateApi.api;
}

export async function createGrant(
  as: GraphqlClient,
  { clientId }: { clientId: string },
  { apiId }: { apiId: string },
  input: object = { allScopes: true },
): Promise<GrantView> {
  const data = await as.request(CREATE_GRANT, { input: { clientId, apiId, ...input } });
  return data.createClientGrant.clientGrant;
}

/** A client's key pair, for assertions and for DPoP proofs. */
export interface ClientKey {
  algorithm: string;
  privateKey: CryptoKey;
  privateJwk: JWK;
  jwk: JWK;
  pem: string;
}

export async function clientKey(algorithm = "ES256"): Promise<ClientKey> {
  const { privateKey, publicKey } = await keyPair(algorithm);
  return {
    algorithm,
    privateKey,
    privateJwk: await exportJWK(privateKey),
    jwk: await exportJWK(publicKey),
    pem: await exportSPKI(publicKey),
  };
}

type Changes = Record<string, unknown>;

/** An undefined value removes the member. */
const withChanges = (members: Changes, changes: Changes) =>
  Object.fromEntries(Object.entries({ ...members, ...changes }).filter(([, v]) => v !== undefined));

/** A valid client assertion (RFC 7523 section 3), changed by `claims` and `header`. */
export function assertion(
  server: ServerUnderTest,
  clientId: string,
  key: ClientKey,
  { claims = {}, header = {} }: { claims?: Changes; header?: Changes } = {},
): Promise<string> {
  const now = epoch(server);
  const valid = {
    iss: clientId,
    sub: clientId,
    aud: issuerFor(server),
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
  };
  return new SignJWT(withChanges(valid, claims))
    .setProtectedHeader({ alg: key.algorithm, ...header })
    .sign(key.privateKey);
}

/** A DPoP proof that only lacks a nonce (RFC 9449 section 4.2), changed by `claims` and `header`. */
export function dpopProof(
  server: ServerUnderTest,
  key: ClientKey,
  { claims = {}, header = {} }: { claims?: Changes; header?: Changes } = {},
): Promise<string> {
  const valid = {
    htm: "POST",
    htu: `${issuerFor(server)}/oauth/token`,
    iat: epoch(server),
    jti: randomUUID(),
  };
  return new SignJWT(withChanges(valid, claims))
    .setProtectedHeader({ alg: key.algorithm, typ: "dpop+jwt", jwk: key.jwk, ...header })
    .sign(key.privateKey);
}
