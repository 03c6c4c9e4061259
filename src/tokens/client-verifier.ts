import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { pickCustomClaims } from "./custom-claims.js";
import { assertScopes } from "./scope-policy.js";
import type { TokenAudit } from "./token-audit.js";
import { allowedTarget, tokenContents } from "./token-contents.js";
import type { AuthenticatedTokenContext } from "./token-context.js";

/** What a token of the client with all of its scopes would say. */
export interface VerifiedClient {
  clientId: string;
  subject: string;
  issuer: string;
  audience: string[];
  scopes: readonly string[];
  customClaims: JsonObject;
}

/** Where an authenticated client wants to go, and what it needs there. */
export interface AccessToVerify {
  /** Absent: the project's default. */
  audience?: string | null | undefined;
  requiredScopes?: readonly string[] | null | undefined;
}

/** Tells what an authenticated client may do, as its token would, and signs nothing (ADR 0030). */
export class ClientVerifier {
  constructor(
    private readonly projects: ProjectStore,
    private readonly audit: TokenAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws INVALID_DPOP_PROOF for a client whose tokens are bound to a key; INVALID_TARGET; INVALID_SCOPE;
   *   BAD_USER_INPUT if the rendered custom claims are too long
   */
  verify(
    context: AuthenticatedTokenContext,
    { audience, requiredScopes }: AccessToVerify,
    source: RequestSource,
  ): VerifiedClient {
    const { clientId } = context.client;
    const request = { audience };
    const target = allowedTarget(this.projects, context, request);
    const { granted: scopes, issuer } = target;
    assertScopes(
      scopes,
      requiredScopes ?? [],
      "The client has not been granted a required scope",
      clientId,
    );
    const now = this.clock.now();
    const { claims } = tokenContents(context, target, scopes, now, request);
    this.audit.recordVerification(source, context.project.projectId, clientId, now);
    return {
      clientId,
      subject: claims.sub ?? clientId,
      issuer,
      audience: [target.audience],
      scopes,
      customClaims: pickCustomClaims(claims),
    };
  }
}
