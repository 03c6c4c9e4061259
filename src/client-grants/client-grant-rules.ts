import { z } from "zod";
import { MAX_API_SCOPES } from "../apis/api-rules.js";
import { accessTokenLifetimeSeconds } from "../projects/access-token-lifetime.js";
import { expectedVersion, idempotencyKey, idToLookUp, scopeList } from "../shared/validation.js";

const access = {
  scopes: scopeList(MAX_API_SCOPES).optional(),
  allScopes: z.boolean().optional(),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.nullish(),
  endSecrets: z.boolean().nullish(),
};
export const createRules = z.object({
  clientId: idToLookUp,
  apiId: idToLookUp,
  ...access,
  idempotencyKey,
});
export const updateRules = z.object({ clientGrantId: idToLookUp, ...access, expectedVersion });
export const grantRef = z.object({ clientGrantId: idToLookUp, expectedVersion });
export const filterRules = z.object({
  clientId: idToLookUp.nullish(),
  apiId: idToLookUp.nullish(),
});
