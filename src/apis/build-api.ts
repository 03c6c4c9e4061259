import type { z } from "zod";
import { newId } from "../shared/ids.js";
import { Api } from "./api.entity.js";
import type { createApiRules } from "./api-rules.js";

/** Builds a new API of settings that have been validated. Its algorithm is the project's until it gets its own. */
export function buildApi(
  projectId: string,
  settings: z.infer<typeof createApiRules>,
  now: Date,
): Api {
  return Object.assign(new Api(), {
    apiId: newId("api"),
    projectId,
    identifier: settings.identifier,
    name: settings.name,
    scopes: settings.scopes ?? [],
    advertisedScopes: settings.advertisedScopes ?? null,
    signingAlgorithm: null,
    formerSigningAlgorithm: null,
    accessTokenLifetimeSeconds: settings.accessTokenLifetimeSeconds ?? null,
    tokenProfile: settings.tokenProfile ?? "DEFAULT",
    allowOmittedScope: settings.allowOmittedScope ?? true,
    permissionsClaim: settings.permissionsClaim ?? false,
    introspectionClientId: settings.introspectionClientId ?? null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}
