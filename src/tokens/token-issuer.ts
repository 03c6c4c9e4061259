import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { MAX_TOKEN_LENGTH } from "../shared/token-length.js";
import { inSpan } from "../shared/tracing.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { UsageRecorder } from "../usage/usage-recorder.js";
import type { LongTokens } from "./long-tokens.js";
import { tokenProfiles } from "./profiles/registry.js";
import { resolveScopes } from "./scope-policy.js";
import type { TokenAudit } from "./token-audit.js";
import { allowedTarget, type TargetRequest, tokenContents } from "./token-contents.js";
import type { AuthenticatedTokenContext } from "./token-context.js";

/** The token that an authenticated client requests. */
export interface AccessRequest extends TargetRequest {
  scopes?: readonly string[] | null | undefined;
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
    private readonly usage: UsageRecorder,
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
    const { projectId, clientId } = context.client;
    const attributes = { "countersign.project.id": projectId, "countersign.client.id": clientId };
    return inSpan("issue token", attributes, () =>
      this.#issue(context, request, source, consumeCredential),
    );
  }

  async #issue(
    context: AuthenticatedTokenContext,
    request: AccessRequest,
    source: RequestSource,
    consumeCredential: ConsumeCredential | undefined,
  ): Promise<IssuedToken> {
    const { projectId } = context.project;
    const { clientId } = context.client;
    const { dpopKeyThumbprint: thumbprint } = request;
    const target = allowedTarget(this.projects, context, request);
    const { audience } = target;
    const scopes = resolveScopes(request.scopes, target.granted, target.allowOmittedScope, {
      clientId,
      audience,
    });
    const now = this.clock.now();
    const { claims, jti, lifetime, scope } = tokenContents(context, target, scopes, now, request);
    const { typ } = tokenProfiles[target.profile];
    const jwt = { algorithm: target.algorithm, typ, claims };
    const accessToken = await this.signingKeys.sign(projectId, jwt, context.signingKey);
    if (accessToken.length > MAX_TOKEN_LENGTH) throw tooLong();
    await consumeCredential?.();
    this.longTokens.add({ projectId, clientId, audience, length: accessToken.length }, now);
    this.audit.record(source, projectId, clientId, jti, now);
    const requested = request.scopes ?? null;
    this.usage.issued(projectId, clientId, audience, requested, target.granted, now);
    const tokenType = thumbprint ? "DPoP" : "Bearer";
    return { accessToken, tokenType, expiresIn: lifetime, scope };
  }
}

function tooLong() {
  return new CountersignError(
    "INVALID_SCOPE",
    `With these scopes the token would have more than ${MAX_TOKEN_LENGTH} characters: request fewer scopes, or a wildcard for several`,
    { path: ["input", "scopes"], denial: "TOKEN_TOO_LONG" },
  );
}
