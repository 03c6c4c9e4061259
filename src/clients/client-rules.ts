import { z } from "zod";
import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import { keySourceRule } from "../key-sets/key-source-rules.js";
import { accessTokenLifetimeSeconds } from "../projects/access-token-lifetime.js";
import { isReservedSubject } from "../shared/ids.js";
import { MAX_METADATA_BYTES, trustedMetadata } from "../shared/trusted-metadata.js";
import {
  expectedVersion,
  idempotencyKey,
  idToLookUp,
  multiLine,
  scopes,
  singleLine,
  timestamp,
} from "../shared/validation.js";
import {
  CLIENT_STATUSES,
  GRANT_TYPES,
  type GrantType,
  TOKEN_ENDPOINT_AUTH_METHODS,
} from "./client.entity.js";
import { SECRET_STATUS_FILTERS } from "./client-filter.js";
import { clientOwner, clientOwnerToLookUp } from "./client-owner-rules.js";
import { secretExpiresAt, suppliedSecret, suppliedSecretHash } from "./secret-rules.js";

/**
 * VSCHAR of RFC 6749 appendix A.1 without quotation mark and backslash, as scopes are, and without space and `%`,
 * so that HTTP Basic can carry an id with and without form-encoding.
 */
const CLIENT_ID = /^[\x21\x23\x24\x26-\x5b\x5d-\x7e]{1,255}$/;

const descriptionRules = {
  name: singleLine(1, 128).nullish(),
  description: multiLine(1000).nullish(),
  trustedMetadata: trustedMetadata.optional(),
  owner: clientOwner.nullish(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.nullish(),
  expiresAt: timestamp.nullish(),
  dpopBoundAccessTokens: z.boolean().optional(),
  grantTypes: z
    .array(z.enum(Object.keys(GRANT_TYPES) as GrantType[]))
    .transform((list) => [...new Set(list)])
    .optional(),
};

/** How a client authenticates (RFC 7591 section 2). */
function authenticationRules(keySetPolicy: KeySetPolicy) {
  return {
    tokenEndpointAuthMethod: z.enum(TOKEN_ENDPOINT_AUTH_METHODS).nullish(),
    keys: keySourceRule(keySetPolicy).nullish(),
  };
}

export function createClientRules(keySetPolicy: KeySetPolicy) {
  return z.object({
    ...descriptionRules,
    ...authenticationRules(keySetPolicy),
    scopes,
    secretExpiresAt,
    idempotencyKey,
  });
}

export function importClientRules(keySetPolicy: KeySetPolicy) {
  return z.object({
    ...descriptionRules,
    ...authenticationRules(keySetPolicy),
    clientId: z
      .string()
      .regex(
        CLIENT_ID,
        "Must be 1 to 255 printable ASCII characters without spaces, double quotes, percent signs and backslashes",
      )
      .refine(
        (id) => !isReservedSubject(id),
        "Must not look like a generated id, such as member_…, or end with @clients",
      ),
    clientSecret: suppliedSecret.nullish(),
    secretHash: suppliedSecretHash.nullish(),
    secretExpiresAt,
    scopes: scopes.nullish(),
    idempotencyKey,
  });
}

export function updateClientRules(keySetPolicy: KeySetPolicy) {
  return z.object({
    ...descriptionRules,
    ...authenticationRules(keySetPolicy),
    clientId: idToLookUp,
    scopes: scopes.optional(),
    status: z.enum(CLIENT_STATUSES).optional(),
    expectedVersion,
  });
}

export const clientRef = z.object({ clientId: idToLookUp, expectedVersion });

export const clientFilterRules = z.object({
  clientIds: z.array(idToLookUp).max(1000, "Must contain at most 1000 ids").nullish(),
  nameContains: idToLookUp.nullish(),
  scopes: z.array(idToLookUp).max(10, "Must contain at most 10 scopes").nullish(),
  status: z.enum(CLIENT_STATUSES).nullish(),
  metadata: z
    .array(
      z.object({
        key: idToLookUp,
        // Values may contain NUL and lone surrogates, which only a digest of them meets in the database.
        value: z
          .string()
          .max(MAX_METADATA_BYTES, `Must have at most ${MAX_METADATA_BYTES} characters`)
          .nullish(),
      }),
    )
    .max(10, "Must contain at most 10 entries")
    .nullish(),
  lastUsedBefore: timestamp.nullish(),
  neverUsed: z.boolean().nullish(),
  expiresBefore: timestamp.nullish(),
  secretCreatedBefore: timestamp.nullish(),
  secretStatus: z.enum(SECRET_STATUS_FILTERS).nullish(),
  apiId: idToLookUp.nullish(),
  owner: clientOwnerToLookUp.nullish(),
});
