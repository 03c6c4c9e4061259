import { buildClientGrant } from "../../../../src/client-grants/build-client-grant.js";
import type { ClientGrant } from "../../../../src/client-grants/client-grant.entity.js";
import { assertGrantable, createRules } from "../../../../src/client-grants/client-grant-rules.js";
import { buildClient } from "../../../../src/clients/build-client.js";
import {
  buildClientSecret,
  generateClientSecret,
  noSecretToExpire,
} from "../../../../src/clients/build-client-secret.js";
import type { Client } from "../../../../src/clients/client.entity.js";
import { endTokens } from "../../../../src/clients/client-change.js";
import {
  createClientRules,
  importClientRules,
  updateClientRules,
} from "../../../../src/clients/client-rules.js";
import { MIN_RANDOM_LENGTH } from "../../../../src/clients/secret-rules.js";
import { assertSecretForm, tooEasyToGuess } from "../../../../src/clients/supplied-secret.js";
import { PUBLIC_HOSTS } from "../../../../src/key-sets/key-set-url.js";
import type { ParsedPublicKey } from "../../../../src/key-sets/public-key.js";
import { assertWithinMaximum } from "../../../../src/projects/access-token-lifetime.js";
import { badUserInput, CountersignError } from "../../../../src/shared/errors.js";
import { newId } from "../../../../src/shared/ids.js";
import { hashSecret, lastFour } from "../../../../src/shared/secrets.js";
import { mergeTrustedMetadata } from "../../../../src/shared/trusted-metadata.js";
import { validate } from "../../../../src/shared/validation.js";
import type { TestClient, TestClientChange, TestGrant } from "../setup.js";
import type { TestClientCredentials } from "../test-issuer.js";
import { OPERATOR, type Records } from "./records.js";

const createClient = createClientRules(PUBLIC_HOSTS);
const importClient = importClientRules(PUBLIC_HOSTS);
const updateClient = updateClientRules(PUBLIC_HOSTS);

/** @throws BAD_USER_INPUT, DUPLICATE_CLIENT_ID, API_NOT_FOUND */
export function addClient(
  records: Records,
  settings: TestClient,
  now: Date,
): TestClientCredentials {
  const { project, clients } = records;
  const clientId = settings.clientId ?? newId("client");
  const input = toInput(records, settings);
  const rules =
    settings.clientId === undefined
      ? validate(createClient, input)
      : validate(importClient, { ...input, clientId });
  if (clientId === project.projectId) {
    throw badUserInput(["input", "clientId"], "Must not be the project's id");
  }
  if (clients.has(clientId)) {
    const details = { path: ["input", "clientId"] };
    throw new CountersignError("DUPLICATE_CLIENT_ID", "This client id is in use", details);
  }
  assertLifetime(records, rules.accessTokenLifetimeSeconds);
  const keys = rules.keys && {
    jwksUrl: null,
    publicKeys: (rules.keys.publicKeys ?? []).map(withId),
  };
  const client = buildClient(project.projectId, clientId, { ...rules, keys }, OPERATOR, now);
  client.status = settings.status ?? "ACTIVE";
  const grants = buildGrants(records, client, grantsOf(records, settings), now);
  const hasSecret = client.tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT";
  if (!hasSecret && rules.secretExpiresAt) throw noSecretToExpire();
  const clientSecret = hasSecret ? secretOf(clientId, settings.clientSecret) : null;
  if (clientSecret !== null) {
    const hashed = { hash: hashSecret(clientSecret), lastFour: lastFour(clientSecret) };
    const end = rules.secretExpiresAt;
    records.secrets.set(clientId, [
      buildClientSecret(client, hashed, "CURRENT", OPERATOR, end, now),
    ]);
  }
  clients.set(clientId, client);
  records.grants.set(clientId, grants);
  return { clientId, clientSecret };
}

/** @throws CLIENT_NOT_FOUND, BAD_USER_INPUT, API_NOT_FOUND */
export function changeClient(
  records: Records,
  clientId: string,
  change: TestClientChange,
  now: Date,
): void {
  const client = getClient(records, clientId);
  const { status, expiresAt, trustedMetadata, scopes } = validate(updateClient, {
    clientId,
    ...toInput(records, { ...change, expiresAt: change.expiresAt ?? undefined } as TestClient),
    ...(change.status && { status: change.status }),
  });
  const isRegranted = change.scopes !== undefined || change.grants !== undefined;
  const grants = isRegranted && buildGrants(records, client, grantsOf(records, change), now);
  if (status) client.status = status;
  if (change.expiresAt !== undefined) client.expiresAt = expiresAt ?? null;
  if (trustedMetadata) {
    client.trustedMetadata = mergeTrustedMetadata(client.trustedMetadata, trustedMetadata);
  }
  if (scopes && projectScopesOf(records, change)) client.scopes = scopes;
  if (grants) records.grants.set(clientId, grants);
}

export function deleteClient({ clients, secrets, grants }: Records, clientId: string): void {
  for (const rows of [clients, secrets, grants]) rows.delete(clientId);
}

/** @throws CLIENT_NOT_FOUND */
export function revokeClientTokens(records: Records, clientId: string, now: Date): void {
  endTokens(getClient(records, clientId), now);
}

/** @throws CLIENT_NOT_FOUND */
export function getClient({ clients }: Records, clientId: string): Client {
  const client = clients.get(clientId);
  if (!client) throw clientNotFound();
  return client;
}

export function clientNotFound() {
  return new CountersignError("CLIENT_NOT_FOUND", "No such client", {
    path: ["input", "clientId"],
  });
}

function toInput(records: Records, settings: TestClient): object {
  const { trustedMetadata, owner, publicKeys } = settings;
  return {
    name: settings.name,
    clientSecret: settings.clientSecret,
    accessTokenLifetimeSeconds: settings.accessTokenLifetimeSeconds,
    grantTypes: settings.grantTypes,
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod,
    dpopBoundAccessTokens: settings.dpopBoundAccessTokens,
    trustedMetadata,
    scopes: projectScopesOf(records, settings) ?? [],
    expiresAt: toDate(settings.expiresAt),
    secretExpiresAt: toDate(settings.secretExpiresAt),
    owner: owner === undefined ? undefined : { externalId: owner },
    keys: publicKeys && { publicKeys: publicKeys.map((jwk) => ({ jwk })) },
  };
}

function toDate(time: Date | string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

/** Without APIs, the short form is about the project itself. */
function projectScopesOf(
  { apis }: Records,
  { projectScopes, scopes }: Pick<TestClient, "projectScopes" | "scopes">,
) {
  return apis.size === 0 ? (scopes ?? projectScopes) : projectScopes;
}

function grantsOf(
  { apis }: Records,
  { scopes, grants }: Pick<TestClient, "scopes" | "grants">,
): readonly TestGrant[] {
  const [only, another] = apis.keys();
  if (scopes === undefined || only === undefined) return grants ?? [];
  if (another !== undefined || grants !== undefined) {
    throw badUserInput(["input", "scopes"], "With several APIs, say in grants on which");
  }
  return [{ audience: only, scopes }];
}

function buildGrants(
  records: Records,
  client: Client,
  grants: readonly TestGrant[],
  now: Date,
): ClientGrant[] {
  return grants.map(({ audience, ...access }) => {
    const api = records.apis.get(audience);
    if (!api) throw new CountersignError("API_NOT_FOUND", "No such API");
    const { clientId } = client;
    const rules = validate(createRules, { ...access, clientId, apiId: api.apiId });
    assertLifetime(records, rules.accessTokenLifetimeSeconds);
    const grant = buildClientGrant(client, api, rules, now);
    assertGrantable(api, grant, rules.scopes);
    return grant;
  });
}

/** As the server takes it, but that nobody judges whether ten characters are easy to guess. */
function secretOf(clientId: string, supplied: string | undefined): string {
  if (supplied === undefined) return generateClientSecret().clientSecret;
  assertSecretForm(clientId, { clientSecret: supplied });
  if (supplied.length < MIN_RANDOM_LENGTH) throw tooEasyToGuess();
  return supplied;
}

function assertLifetime({ project }: Records, seconds: number | null | undefined): void {
  if (seconds) assertWithinMaximum(project.maximumAccessTokenLifetimeSeconds, seconds);
}

/** The id names the key in caches, for which its text is as good as its thumbprint. */
function withId(key: ParsedPublicKey) {
  return { ...key, publicKeyId: JSON.stringify(key.jwk) };
}
