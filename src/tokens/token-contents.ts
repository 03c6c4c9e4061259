import type { JWTPayload } from "jose";
import { newTokenId } from "../clients/token-generation.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestParameters } from "../projects/request-placeholder.js";
import { epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { renderCustomClaims } from "./custom-claims.js";
import { tokenProfiles } from "./profiles/registry.js";
import type { AuthenticatedTokenContext } from "./token-context.js";
import { invalidTarget, resolveTarget, type TokenTarget } from "./token-target.js";

/** What an authenticated client asks for, apart from scopes. */
export interface TargetRequest {
  audience?: string | null | undefined;
  /** JWK thumbprint of the key that the token is bound to (RFC 9449 section 6.1). */
  dpopKeyThumbprint?: string | null | undefined;
  /** For the claims template; absent: none. */
  parameters?: RequestParameters | undefined;
}

/** Where the client may go: an audience, and `iss` of its tokens there. */
export interface AllowedTarget extends TokenTarget {
  issuer: string;
}

export interface TokenContents {
  jti: string;
  /** Seconds. */
  lifetime: number;
  /** The claim `scope`, which most profiles leave out if it is empty. */
  scope: string | undefined;
  claims: JWTPayload & { iat: number; exp: number };
}

/**
 * @throws INVALID_DPOP_PROOF if the client must send a DPoP proof and has not; INVALID_TARGET
 */
export function allowedTarget(
  projects: ProjectStore,
  context: AuthenticatedTokenContext,
  { audience, dpopKeyThumbprint }: TargetRequest,
): AllowedTarget {
  const { project, client } = context;
  // RFC 9449 section 5.2
  if (client.dpopBoundAccessTokens && !dpopKeyThumbprint) {
    throw new CountersignError(
      "INVALID_DPOP_PROOF",
      "The client must send a DPoP proof, which the token endpoint takes as a header",
    );
  }
  const target = resolveTarget(context, audience);
  const issuer = projects.issuerFor(project);
  // An API can have this identifier if it is older than the issuer.
  if (target.audience === projects.sessionAudienceOf(issuer)) {
    throw invalidTarget("UNKNOWN_AUDIENCE", client, target.audience);
  }
  return { ...target, issuer };
}

/**
 * The claims of a token with these scopes.
 * @throws BAD_USER_INPUT if the rendered custom claims are too long, or a parameter that the claims template names is
 *   no text of at most 256 characters
 */
export function tokenContents(
  { project, client }: AuthenticatedTokenContext,
  target: AllowedTarget,
  scopes: readonly string[],
  now: Date,
  { dpopKeyThumbprint, parameters }: TargetRequest,
): TokenContents {
  const issuedAt = epochSeconds(now);
  const lifetime = untilExpiry(now, client.expiresAt, target.lifetimeSeconds);
  const jti = newTokenId(client.tokenGeneration);
  const claims = tokenProfiles[target.profile].claims({
    issuer: target.issuer,
    audience: target.audience,
    clientId: client.clientId,
    scopes,
    issuedAt,
    expiresAt: issuedAt + lifetime,
    jti,
    permissionsClaim: target.permissionsClaim,
  });
  return {
    jti,
    lifetime,
    scope: claims.scope,
    claims: {
      ...renderCustomClaims(project.claimsTemplate, client, parameters),
      ...claims,
      ...(dpopKeyThumbprint && { cnf: { jkt: dpopKeyThumbprint } }),
    },
  };
}

/** The lifetime, or the time until the client expires if that is shorter; at least 1 second. */
function untilExpiry(now: Date, clientExpiresAt: Date | null, lifetimeSeconds: number): number {
  if (!clientExpiresAt) return lifetimeSeconds;
  return Math.max(1, Math.min(lifetimeSeconds, epochSeconds(clientExpiresAt) - epochSeconds(now)));
}
