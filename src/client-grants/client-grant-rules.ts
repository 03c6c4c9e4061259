import { z } from "zod";
import type { Api } from "../apis/api.entity.js";
import { MAX_API_SCOPES } from "../apis/api-rules.js";
import { accessTokenLifetimeSeconds } from "../projects/access-token-lifetime.js";
import { badUserInput } from "../shared/errors.js";
import { scopeMatcher } from "../shared/scopes.js";
import { expectedVersion, idempotencyKey, idToLookUp, scopeList } from "../shared/validation.js";
import type { ClientGrant } from "./client-grant.entity.js";

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

/**
 * @param inputScopes scopes of this input; the API may no longer define scopes of earlier ones
 * @throws BAD_USER_INPUT
 */
export function assertGrantable(
  api: Pick<Api, "scopes">,
  grant: Pick<ClientGrant, "scopes" | "allScopes">,
  inputScopes: readonly string[] | undefined,
): void {
  if (grant.allScopes && grant.scopes.length > 0) {
    throw badUserInput(["input", "scopes"], "Must be empty if allScopes is true");
  }
  const isDefined = scopeMatcher(api.scopes.map((scope) => scope.value));
  const unknown = inputScopes?.findIndex((scope) => !isDefined(scope)) ?? -1;
  if (unknown >= 0) throw badUserInput(["input", "scopes", unknown], "Must be a scope of the API");
}
