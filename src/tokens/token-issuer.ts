import { newTokenId } from "../clients/token-generation.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestParameters } from "../projects/request-placeholder.js";
import type { RequestSource } from "../shared/caller.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { MAX_TOKEN_LENGTH } from "../shared/token-length.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { renderCustomClaims } from "./custom-claims.js";
import type { LongTokens } from "./long-tokens.js";
import { tokenProfiles } from "./profiles/registry.js";
import { resolveScopes } from "./scope-policy.js";
import type { TokenAudit } from "./token-audit.js";
import type { AuthenticatedTokenContext } from "./token-context.js";
import { invalidTarget, resolveTarget } from "./token-target.js";

/** The token that an authenticated client requests. */
export interface AccessRequest {
  audience?: string | null | undefined;
  scopes?: readonly string[] | null | undefined;
  /** JWK thumbprint of the key that the token is bound to (RFC 9449 section 6.1). */
  dpopKeyThumbprint?: string | null | undefined;
  /** For the claims template; absent: none. */
  parameters?: RequestParameters | undefined;
}

/** Marks the single-use credential of a request as used. @throws INVALID_GRANT if it already is */
export type ConsumeCredential = () => Promise<void>;

export interface IssuedToken {
  accessToken: string;
  tokenType: "Bearer" | "DPoP";
  /** Seconds. */
  expiresIn: number;
  /** The claim `scope`, which most profiles leave out if it is empty. */
  scope: string | undefined;
}

/** Issues access tokens to authenticated clients. */
export class TokenIssuer {
  constructor(
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly audit: TokenAudit,
    private readonly longTokens: LongTokens,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws INVALID_DPOP_PROOF if the client must send a DPoP proof and has not; INVALID_TARGET;
   *   INVALID_SCOPE, also if the token would be too long; BAD_USER_INPUT if the rendered custom claims are too long,
   *   or a parameter that the claims template names is no text of at most 256 characters
   */
  async issue(
    context: AuthenticatedTokenContext,
    request: AccessRequest,
    source: RequestSource,
    consumeCredential?: ConsumeCredential,
  ): Promise<IssuedToken> {
    const { project, client } = context;
    const { projectId } = project;
    const { clientId } = client;
    // RFC 9449 section 5.2
    if (client.dpopBoundAccessTokens && !request.dpopKeyThumbprint) {
      throw new CountersignError(
        "INVALID_DPOP_PROOF",
        "The client must send a DPoP proof, which the token endpoint takes as a header",
      );
    }
    const target = resolveTarget(context, request.audience);
    const issuer = this.projects.issuerFor(project);
    // An API can have this identifier if it is older than the issuer.
    if (target.audience === this.projects.sessionAudienceOf(issuer)) {
      throw invalidTarget("UNKNOWN_AUDIENCE", client, target.audience);
    }
    const scopes = resolveScopes(request.scopes, target.granted, target.allowOmittedScope, {
      clientId,
      audience: target.audience,
    });
    const now = this.clock.now();
    const issuedAt = epochSeconds(now);
    const lifetime = untilExpiry(now, client.expiresAt, target.lifetimeSeconds);
    const jti = newTokenId(client.tokenGeneration);
    const profile = tokenProfiles[target.profile];
    const claims = profile.claims({
      issuer,
      audience: target.audience,
      clientId,
      scopes,
      issuedAt,
      expiresAt: issuedAt + lifetime,
      jti,
      permissionsClaim: target.permissionsClaim,
    });
    const thumbprint = request.dpopKeyThumbprint;
    const jwt = {
      algorithm: target.algorithm,
      typ: profile.typ,
      claims: {
        ...renderCustomClaims(project.claimsTemplate, client, request.parameters),
        ...claims,
        ...(thumbprint && { cnf: { jkt: thumbprint } }),
      },
    };
    const accessToken = await this.signingKeys.sign(projectId, jwt, context.signingKey);
    if (accessToken.length > MAX_TOKEN_LENGTH) throw tooLong();
    await consumeCredential?.();
    const { audience } = target;
    this.longTokens.add({ projectId, clientId, audience, length: accessToken.length }, now);
    this.audit.record(source, projectId, clientId, jti, now);
    const tokenType = thumbprint ? "DPoP" : "Bearer";
    return { accessToken, tokenType, expiresIn: lifetime, scope: claims.scope };
  }
}

function tooLong() {
  return new CountersignError(
    "INVALID_SCOPE",
    `With these scopes the token would have more than ${MAX_TOKEN_LENGTH} characters: request fewer scopes, or a wildcard for several`,
    { path: ["input", "scopes"], denial: "TOKEN_TOO_LONG" },
  );
}

/** The lifetime, or the time until the client expires if that is shorter; at least 1 second. */
function untilExpiry(now: Date, clientExpiresAt: Date | null, lifetimeSeconds: number): number {
  if (!clientExpiresAt) return lifetimeSeconds;
  return Math.max(1, Math.min(lifetimeSeconds, epochSeconds(clientExpiresAt) - epochSeconds(now)));
}
