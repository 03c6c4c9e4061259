import { effectiveScopes } from "../client-grants/effective-scopes.js";
import { mostSpecificLifetime } from "../projects/access-token-lifetime.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { CountersignError, type TokenDenial } from "../shared/errors.js";
import { tokenProfiles } from "./profiles/registry.js";
import type { AuthenticatedTokenContext, TokenClient, TokenProject } from "./token-context.js";

/** The audience of a token, and the scopes and token settings that apply there. */
export interface TokenTarget {
  audience: string;
  /** Scopes that the client has been granted. */
  granted: readonly string[];
  allowOmittedScope: boolean;
  lifetimeSeconds: number;
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
  if (requestedAudience === null || requestedAudience === project.projectId) {
    return projectTarget(project, client);
  }
  if (api?.identifier !== requestedAudience) throw denied("UNKNOWN_AUDIENCE");
  if (!grant) throw denied("NO_GRANT");
  return {
    audience: api.identifier,
    granted: effectiveScopes(api, grant),
    allowOmittedScope: api.allowOmittedScope,
    lifetimeSeconds: mostSpecificLifetime(grant, client, api, project),
    algorithm: currentSigningAlgorithm(project, api),
    profile: api.tokenProfile,
    permissionsClaim: api.permissionsClaim,
  };
}

function projectTarget(project: TokenProject, client: TokenClient): TokenTarget {
  return {
    audience: project.projectId,
    granted: client.scopes,
    allowOmittedScope: true,
    lifetimeSeconds: mostSpecificLifetime(client, project),
    algorithm: currentSigningAlgorithm(project),
    profile: project.tokenProfile,
    permissionsClaim: false,
  };
}

/** One message for all denials, so that a client cannot find out which APIs exist. */
export function invalidTarget(
  denial: TokenDenial,
  { clientId }: TokenClient,
  audience: string | null,
) {
  return new CountersignError(
    "INVALID_TARGET",
    "The client has no grant for an API with exactly this identifier",
    {
      path: ["input", "audience"],
      denial,
      target: { clientId, audience: audience ?? "" },
    },
  );
}
