import type { KeySource } from "../key-sets/key-sources.js";
import { normalizeName } from "../persistence/name-search.js";
import type { ClientOwner } from "../shared/client-owner.js";
import { badUserInput } from "../shared/errors.js";
import type { Maker } from "../shared/maker.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import {
  Client,
  type GrantType,
  ownerColumns,
  type TokenEndpointAuthMethod,
} from "./client.entity.js";
import type { ClientKeys } from "./client-change.js";
import { newTokenGeneration } from "./token-generation.js";

export interface ClientDescription {
  name?: string | null | undefined;
  description?: string | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
  accessTokenLifetimeSeconds?: number | null | undefined;
  expiresAt?: Date | null | undefined;
  dpopBoundAccessTokens?: boolean | null | undefined;
  grantTypes?: GrantType[] | null | undefined;
}

/** How a client authenticates, after validation. */
export interface ClientAuthentication {
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null | undefined;
  keys?: KeySource | null | undefined;
}

/** What a client has that another client registered (RFC 7591). */
export interface RegistrationOrigin {
  registrationTokenHash: string | null;
  registeredBy: string | null;
  /** The owner of the client that registers it. */
  owner?: ClientOwner | null;
}

/** What a client has after validation. */
interface ClientSettings extends ClientDescription, ClientAuthentication {
  scopes?: string[] | null | undefined;
  owner?: ClientOwner | null | undefined;
}

/** Builds a new, active client; stores nothing. @throws BAD_USER_INPUT */
export function buildClient(
  projectId: string,
  clientId: string,
  input: ClientSettings & Partial<RegistrationOrigin>,
  maker: Maker,
  now: Date,
): Client {
  if (input.expiresAt && input.expiresAt <= now) {
    throw badUserInput(["input", "expiresAt"], "Must be in the future");
  }
  const client = Object.assign(new Client(), {
    projectId,
    clientId,
    name: input.name ?? null,
    normalizedName: normalizeName(input.name),
    description: input.description ?? null,
    status: "ACTIVE" as const,
    ...ownerColumns(input.owner ?? null),
    scopes: input.scopes ?? [],
    trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
    accessTokenLifetimeSeconds: input.accessTokenLifetimeSeconds ?? null,
    tokenEndpointAuthMethod: input.tokenEndpointAuthMethod ?? null,
    ...keyColumns(input.keys ?? null, maker),
    grantTypes: input.grantTypes ?? ["CLIENT_CREDENTIALS"],
    dpopBoundAccessTokens: input.dpopBoundAccessTokens ?? false,
    tokenGeneration: newTokenGeneration(),
    tokensNotBefore: null,
    registrationTokenHash: input.registrationTokenHash ?? null,
    registeredBy: input.registeredBy ?? null,
    registrationLimits: null,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: null,
    expiresAt: input.expiresAt ?? null,
    version: 1,
  });
  assertKeysMatchMethod(client);
  return client;
}

/** The columns of a client's keys. @param keys null: the client has none */
export function keyColumns(keys: KeySource | null, maker: Maker): ClientKeys {
  const jwksUrl = keys?.jwksUrl ?? null;
  const publicKeys = keys && jwksUrl === null ? [...keys.publicKeys] : null;
  return { jwksUrl, publicKeys, keysMaker: keys && maker };
}

/** PRIVATE_KEY_JWT requires keys, and other methods have none. @throws BAD_USER_INPUT */
export function assertKeysMatchMethod(client: Client): void {
  const hasKeys = client.publicKeys !== null || client.jwksUrl !== null;
  const needsKeys = client.tokenEndpointAuthMethod === "PRIVATE_KEY_JWT";
  if (hasKeys === needsKeys) return;
  const message = needsKeys
    ? "PRIVATE_KEY_JWT needs keys: give their URL or the keys themselves"
    : "Only PRIVATE_KEY_JWT takes keys";
  throw badUserInput(["input", "keys"], message);
}
