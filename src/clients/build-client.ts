import type { PublicKey } from "../key-sets/public-key.js";
import { normalizeName } from "../persistence/name-search.js";
import { badUserInput } from "../shared/errors.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import { Client, type GrantType, type TokenEndpointAuthMethod } from "./client.entity.js";

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
  publicKeys?: PublicKey[] | null | undefined;
  jwksUrl?: string | null | undefined;
}

/** What a client has that another client registered (RFC 7591). */
export interface RegistrationOrigin {
  registrationTokenHash: string | null;
  registeredBy: string | null;
}

/** Builds a new, active client; stores nothing. @throws BAD_USER_INPUT */
export function buildClient(
  projectId: string,
  clientId: string,
  input: ClientDescription &
    ClientAuthentication &
    Partial<RegistrationOrigin> & { scopes?: string[] | null | undefined },
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
    scopes: input.scopes ?? [],
    trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
    accessTokenLifetimeSeconds: input.accessTokenLifetimeSeconds ?? null,
    tokenEndpointAuthMethod: input.tokenEndpointAuthMethod ?? null,
    publicKeys: input.publicKeys ?? null,
    jwksUrl: input.jwksUrl ?? null,
    grantTypes: input.grantTypes ?? ["CLIENT_CREDENTIALS"],
    dpopBoundAccessTokens: input.dpopBoundAccessTokens ?? false,
    tokensNotBefore: null,
    registrationTokenHash: input.registrationTokenHash ?? null,
    registeredBy: input.registeredBy ?? null,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: null,
    expiresAt: input.expiresAt ?? null,
    version: 1,
  });
  assertKeysMatchMethod(client);
  return client;
}

/** PRIVATE_KEY_JWT requires one source of keys; other methods have none. @throws BAD_USER_INPUT */
export function assertKeysMatchMethod(client: Client): void {
  const sources = [client.publicKeys, client.jwksUrl].filter((source) => source !== null).length;
  if (client.tokenEndpointAuthMethod === "PRIVATE_KEY_JWT") {
    if (sources === 1) return;
    throw badUserInput(
      ["input", "publicKeys"],
      "PRIVATE_KEY_JWT requires exactly one of publicKeys and jwksUrl",
    );
  }
  if (sources > 0) {
    throw badUserInput(["input", "publicKeys"], "Only PRIVATE_KEY_JWT takes publicKeys or jwksUrl");
  }
}
