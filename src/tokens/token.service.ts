import { z } from "zod";
import type { Client } from "../clients/client.entity.js";
import { GRANT_TYPES } from "../clients/client.entity.js";
import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import type { ClientRef } from "../clients/client-store.js";
import { MAX_SECRET_LENGTH } from "../clients/secret-rules.js";
import type { Metrics } from "../metrics/metrics.js";
import { assertPermitted, type Caller, type RequestSource } from "../shared/caller.js";
import { clientReach } from "../shared/client-reach.js";
import { type Clock, epochSeconds, fromEpochSeconds } from "../shared/clock.js";
import { inSpan } from "../shared/tracing.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { idToLookUp, tokenText, validate } from "../shared/validation.js";
import { TokenAttempt } from "../usage/token-attempt.js";
import type { UsageRecorder } from "../usage/usage-recorder.js";
import type { ClientVerifier, VerifiedClient } from "./client-verifier.js";
import { pickCustomClaims } from "./custom-claims.js";
import type { DpopProofs } from "./dpop-proofs.js";
import { assertGrantAllowed } from "./grant-policy.js";
import {
  listedParameters,
  type RequestParameter,
  requestParameterList,
} from "./request-parameters.js";
import { assertScopes, requestedScopes } from "./scope-policy.js";
import {
  type Confirmation,
  confirmationOf,
  type Possession,
  verifyPossession,
} from "./token-confirmation.js";
import type { AuthenticatedTokenContext, TokenContextLoader } from "./token-context.js";
import type { IssuedToken, TokenIssuer } from "./token-issuer.js";
import { invalidToken, withReason } from "./token-refusal.js";
import type { TokenRevocations } from "./token-revocations.js";
import type { TokenVerifier } from "./token-verifier.js";

export interface CredentialsForAudience {
  clientId: string;
  clientSecret: string;
  /** Absent: the server's first project. */
  projectId?: string | null;
  /** Absent: the project's default. */
  audience?: string | null;
}

export interface TokenRequest extends CredentialsForAudience {
  /** Absent: all scopes that the client has been granted. */
  scopes?: string[] | null;
  /** Parameters for the claims template, which ignores those that it does not name; absent: none. */
  requestParameters?: RequestParameter[] | null;
}

export interface ClientToVerify extends CredentialsForAudience {
  requiredScopes?: string[] | null;
}

export interface TokenToVerify extends Possession {
  accessToken: string;
  /** Absent: the project id. */
  audience?: string | null;
  requiredScopes?: string[] | null;
  maxTokenAgeSeconds?: number | null;
}

export interface VerifiedToken {
  clientId: string;
  subject: string;
  issuer: string;
  audience: string[];
  scopes: string[];
  jti: string;
  issuedAt: Date;
  expiresAt: Date;
  customClaims: JsonObject;
  /** Null: a bearer token, which is not bound to a key. */
  confirmation: Confirmation | null;
}

const credentialRules = {
  clientId: idToLookUp.min(1, "Must not be empty"),
  clientSecret: z
    .string()
    .min(1, "Must not be empty")
    .max(MAX_SECRET_LENGTH, `Must have at most ${MAX_SECRET_LENGTH} characters`),
  projectId: idToLookUp.nullish(),
  audience: idToLookUp.nullish(),
};

const requestRules = z.object({
  ...credentialRules,
  scopes: requestedScopes.nullish(),
  requestParameters: requestParameterList.nullish(),
});

const clientRules = z.object({ ...credentialRules, requiredScopes: requestedScopes.nullish() });

const verifyRules = z.object({
  accessToken: tokenText,
  audience: idToLookUp.nullish(),
  requiredScopes: requestedScopes.nullish(),
  maxTokenAgeSeconds: z.number().int().min(1, "Must be at least 1 second").nullish(),
  dpop: z
    .object({
      proof: z.string().min(1, "Must not be empty"),
      httpMethod: z.string().min(1, "Must not be empty"),
      url: z.string().refine((url) => URL.canParse(url), "Must be an absolute URL"),
    })
    .nullish(),
  acceptBound: z.boolean().nullish(),
});

/** Issues, verifies and revokes access tokens, and verifies clients, for the GraphQL API. */
export class TokenService {
  constructor(
    private readonly contexts: TokenContextLoader,
    private readonly authenticator: ClientAuthenticator,
    private readonly issuer: TokenIssuer,
    private readonly clientVerifier: ClientVerifier,
    private readonly verifier: TokenVerifier,
    private readonly revocations: TokenRevocations,
    private readonly dpopProofs: DpopProofs,
    private readonly usage: UsageRecorder,
    private readonly metrics: Pick<Metrics, "tokenRequest">,
    private readonly clock: Clock,
  ) {}

  /** @throws BAD_USER_INPUT, INVALID_CLIENT, UNAUTHORIZED_CLIENT, RATE_LIMITED, INVALID_TARGET, INVALID_SCOPE */
  async issue(source: RequestSource, input: TokenRequest): Promise<IssuedToken> {
    return this.metrics.tokenRequest(GRANT_TYPES.CLIENT_CREDENTIALS, async () => {
      const request = validate(requestRules, input);
      const attempt = new TokenAttempt(this.usage, this.clock);
      return attempt.run(async () => {
        const context = await this.#authenticate(source, request, attempt);
        const parameters = listedParameters(request.requestParameters);
        return this.issuer.issue(context, { ...request, parameters }, source);
      });
    });
  }

  /** @throws BAD_USER_INPUT, INVALID_CLIENT, UNAUTHORIZED_CLIENT, RATE_LIMITED, INVALID_TARGET, INVALID_SCOPE */
  async verifyClient(source: RequestSource, input: ClientToVerify): Promise<VerifiedClient> {
    const request = validate(clientRules, input);
    const attempt = new TokenAttempt(this.usage, this.clock);
    return attempt.run(async () =>
      this.clientVerifier.verify(
        await this.#authenticate(source, request, attempt),
        request,
        source,
      ),
    );
  }

  /** Authenticates a client that may use the client credentials grant. */
  async #authenticate(
    source: RequestSource,
    { projectId, clientId, clientSecret, audience }: CredentialsForAudience,
    attempt: TokenAttempt,
  ): Promise<AuthenticatedTokenContext> {
    const credentials = { clientId, secretForms: [clientSecret] };
    const load = async () =>
      attempt.about(
        await this.contexts.load({ projectId: projectId || undefined }, clientId, audience),
      );
    const context = await inSpan("authenticate client", {}, () =>
      this.authenticator.authenticate(credentials, source, load),
    );
    assertGrantAllowed(context.client, GRANT_TYPES.CLIENT_CREDENTIALS);
    return context;
  }

  /**
   * @param caller whose project must have issued the token, and who is told which check failed; null: the token
   *   names the project, and every refusal is the same
   * @throws BAD_USER_INPUT; INVALID_TOKEN; INVALID_SCOPE if the token lacks a required scope
   */
  async verify(caller: Caller | null, input: TokenToVerify): Promise<VerifiedToken> {
    const token = validate(verifyRules, input);
    assertNoWhiteSpace(token.accessToken);
    try {
      return await this.#verify(caller?.projectId ?? null, token);
    } catch (error) {
      throw caller && mayKnowReason(caller) ? withReason(error) : error;
    }
  }

  async #verify(
    projectId: string | null,
    token: z.output<typeof verifyRules>,
  ): Promise<VerifiedToken> {
    const { accessToken, audience, requiredScopes, maxTokenAgeSeconds } = token;
    const { clientId, scopes, claims } = await this.verifier.verify(
      projectId,
      accessToken,
      (project) => audience ?? project.projectId,
    );
    const age = epochSeconds(this.clock.now()) - claims.iat;
    if (maxTokenAgeSeconds && age > maxTokenAgeSeconds) throw invalidToken("TOO_OLD");
    const confirmation = confirmationOf(claims);
    await verifyPossession(this.dpopProofs, accessToken, confirmation, token);
    assertScopes(scopes, requiredScopes ?? [], "The access token lacks a required scope", clientId);
    return {
      clientId,
      subject: claims.sub,
      issuer: claims.iss,
      audience: [claims.aud].flat(),
      scopes,
      jti: claims.jti,
      issuedAt: fromEpochSeconds(claims.iat),
      expiresAt: fromEpochSeconds(claims.exp),
      customClaims: pickCustomClaims(claims),
      confirmation,
    };
  }

  /** @returns the token's `jti` @throws BAD_USER_INPUT, INVALID_TOKEN */
  async revoke(caller: Caller, accessToken: string): Promise<string> {
    assertPermitted(caller, "tokens:write");
    const token = validate(tokenText, accessToken, ["input", "accessToken"]);
    assertNoWhiteSpace(token);
    const { claims } = await this.verifier.verifyIssued(caller.projectId, token);
    await this.revocations.revoke(caller, claims);
    return claims.jti;
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async revokeAllForClient(caller: Caller, input: ClientRef): Promise<Client> {
    return this.revocations.revokeAllForClient(clientReach(caller, "tokens:write"), input);
  }
}

function mayKnowReason({ actor, permissions }: Caller): boolean {
  return actor.type === "MANAGEMENT_KEY" || permissions.has("tokens:read");
}

/** A header has no white space at its edges (RFC 9110 section 5.5). An argument is taken as it is. */
function assertNoWhiteSpace(token: string): void {
  if (token !== token.trim()) throw invalidToken("WHITE_SPACE");
}
