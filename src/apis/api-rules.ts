import { z } from "zod";
import { accessTokenLifetimeSeconds } from "../projects/access-token-lifetime.js";
import { SIGNING_ALGORITHMS, TOKEN_PROFILES } from "../projects/project.entity.js";
import {
  expectedVersion,
  idempotencyKey,
  idToLookUp,
  scopes as scopeNames,
  scopeToken,
  singleLine,
} from "../shared/validation.js";
import { nullIfNone } from "./advertised-scopes.js";

/** Auth0 has the same limit. */
export const MAX_API_SCOPES = 1000;

const apiScopes = z
  .array(z.object({ value: scopeToken, description: singleLine(0, 500).nullish() }))
  .max(MAX_API_SCOPES, `Must contain at most ${MAX_API_SCOPES} scopes`)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, { value }] of list.entries()) {
      if (seen.has(value)) {
        context.addIssue({
          code: "custom",
          path: [index, "value"],
          message: "Must not repeat another scope",
        });
      }
      seen.add(value);
    }
  })
  .transform((list) =>
    list.map(({ value, description }) => ({ value, description: description ?? null })),
  );

/** RFC 8707 section 2 requires an absolute URI. This server takes any string, as Auth0 does. */
const identifier = singleLine(1, 600).regex(/^\S+$/, "Must not contain white space");

const settings = {
  advertisedScopes: scopeNames.transform(nullIfNone).optional(),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).nullish(),
  force: z.boolean().nullish(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.nullish(),
  tokenProfile: z.enum(TOKEN_PROFILES).optional(),
  allowOmittedScope: z.boolean().optional(),
  permissionsClaim: z.boolean().optional(),
  introspectionClientId: idToLookUp.nullish(),
};

export const createApiRules = z.object({
  identifier,
  name: singleLine(1, 128),
  scopes: apiScopes.optional(),
  ...settings,
  idempotencyKey,
});

export const updateApiRules = z.object({
  apiId: idToLookUp,
  name: singleLine(1, 128).optional(),
  scopes: apiScopes.optional(),
  ...settings,
  expectedVersion,
});

export const apiRef = z.object({ apiId: idToLookUp, expectedVersion });
