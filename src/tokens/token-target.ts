import { effectiveScopes } from "../client-grants/client-grant-store.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { CountersignError, type TokenDenial } from "../shared/errors.js";
import { tokenProfiles } from "./profiles/registry.js";
import type { AuthenticatedTokenContext, TokenClient, TokenProject } from "./token-context.js";

/** Who a token is for, and what a client may have there. */
export interface TokenTarget {
  audience: string;
  granted: readonly string[];
  allowOmittedScope: boolean;
  /** Each may shorten the token's life. */
  lifetimesSeconds: readonly (number | null)[];
  algorithm: SigningAlgorithm;
  profile: TokenProfileName;
  permissionsClaim: boolean;
}

/**
 * @param audience Auth0's `audience` or RFC 8707's `resource`; absent: the project's default
 * @throws INVALID_TARGET
 */
export function resolveTarget(
  { project, client, api, grant }: AuthenticatedTokenContext,
  audience: string | null | undefined,
): TokenTarget {
  const requestedAudience = audience ?? project.defaultAudience;
  const denied = (denial: TokenDenial) => invalidTarget(denial, client, requestedAudience);
  const { requiresAudience } = tokenProfiles[project.tokenProfile];
  if (requestedAudience === null && requiresAudience) throw denied("NO_AUDIENCE");
  if (requestedAudience === null || requestedAudience === project.projectId)
    return projectTarget(project, client);
  if (api?.identifier !== requestedAudience) throw denied("UNKNOWN_AUDIENCE");
  if (!grant) throw denied("NO_GRANT");
  return {
    audience: api.identifier,
    granted: effectiveScopes(api, grant),
    allowOmittedScope: api.allowOmittedScope,
    lifetimesSeconds: [grant.accessTokenLifetimeSeconds, api.accessTokenLifetimeSeconds],
    algorithm: api.signingAlgorithm ?? project.signingAlgorithm,
    profile: api.tokenProfile,
    permissionsClaim: api.permissionsClaim,
  };
}

function projectTarget(project: TokenProject, client: TokenClient): TokenTarget {
  return {
    audience: project.projectId,
    granted: client.scopes,
    allowOmittedScope: true,
    lifetimesSeconds: [],
    algorithm: project.signingAlgorithm,
    profile: project.tokenProfile,
    permissionsClaim: false,
  };
}

/** To a client an API that does not exist and one that it may not use look the same. */
function invalidTarget(denial: TokenDenial, { clientId }: TokenClient, audience: string | null) {
  return new CountersignError("INVALID_TARGET", "The client may not ask for this audience", {
    path: ["input", "audience"],
    denial,
    target: { clientId, audience: audience ?? "" },
  });
}
