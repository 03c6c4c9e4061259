import { generationOf, ZERO_GENERATION } from "../clients/token-generation.js";
import { isUsable } from "../clients/usable-client.js";
import { verifyJws } from "../key-sets/verify-jws.js";
import { isIssuerOf } from "../projects/project-of-issuer.js";
import type { ProjectStore } from "../projects/project-store.js";
import { unknownProject } from "../projects/unknown-project.js";
import { type Clock, epochSeconds, MAX_CLOCK_DIFFERENCE_SECONDS } from "../shared/clock.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import {
  type AccessTokenClaims,
  checkClaims,
  clientIdOf,
  splitScope,
} from "./access-token-claims.js";
import { invalidToken } from "./token-refusal.js";
import { parseAccessToken, type UnverifiedAccessToken } from "./unverified-access-token.js";
import type {
  VerificationContext,
  VerificationContextLoader,
  VerifiedClientRow,
} from "./verification-context.js";

/** An access token that this server has issued and that has not expired. */
export interface AccessToken {
  clientId: string;
  scopes: string[];
  claims: AccessTokenClaims;
}

/** An access token that its client may use now. */
export interface VerifiedAccessToken extends AccessToken {
  client: VerifiedClientRow;
}

type IssuingProject = VerificationContext["project"];

/** Verifies access tokens that this server has issued. */
export class TokenVerifier {
  constructor(
    private readonly projects: ProjectStore,
    private readonly contexts: VerificationContextLoader,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies a token by one read.
   * @param projectId project that must have issued the token; null: the one that the token names
   * @param audienceOf absent: any audience
   * @throws INVALID_TOKEN; UNAUTHENTICATED if the project does not exist
   */
  async verify(
    projectId: string | null,
    text: string,
    audienceOf?: (project: IssuingProject) => string,
  ): Promise<VerifiedAccessToken> {
    const { token, context } = await this.#load(projectId, text);
    return this.check(token, context, audienceOf?.(context.project));
  }

  /** As `checkIssued`, by one read. @throws INVALID_TOKEN; UNAUTHENTICATED if the project does not exist */
  async verifyIssued(projectId: string, text: string): Promise<AccessToken> {
    const { token, context } = await this.#load(projectId, text);
    return this.checkIssued(token, context);
  }

  /**
   * Verifies a token, that its client is usable and that the token has not been revoked.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  check(
    token: UnverifiedAccessToken,
    context: VerificationContext,
    audience?: string,
  ): VerifiedAccessToken {
    const issued = this.checkIssued(token, context, audience);
    const { claims } = issued;
    const { client, isRevoked } = context;
    const now = this.clock.now();
    if (claims.exp <= epochSeconds(now)) throw invalidToken("EXPIRED");
    if (!client || !isUsable(client, now)) throw invalidToken("CLIENT");
    assertGeneration(claims, client);
    if (isRevoked) throw invalidToken("REVOKED");
    return { ...issued, client };
  }

  /**
   * Verifies signature, issuer, audience and times only: the token may have been revoked, or its client deleted.
   * Accepts a token that has just expired, because it may be valid in another process.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  checkIssued(
    token: UnverifiedAccessToken,
    context: VerificationContext,
    audience?: string,
  ): AccessToken {
    this.#assertSigned(token, context);
    const now = this.clock.now();
    const claims = checkClaims(token.claims, audience, now);
    const { project, issuer } = context;
    if (!isIssuerOf(this.projects, project, issuer, claims.iss, now)) throw invalidToken("ISSUER");
    const clientId = clientIdOf(claims);
    // A session JWT of Stytch's profile has the `typ` and audience of an access token, but no client.
    if (clientId === undefined) throw invalidToken("SESSION");
    if (claims.sub !== clientId && claims.sub !== `${clientId}@clients`) {
      throw invalidToken("SUBJECT");
    }
    return { clientId, scopes: splitScope(claims.scope), claims };
  }

  async #load(projectId: string | null, text: string) {
    const token = parseAccessToken(text);
    const context = await this.contexts.load(projectId, token);
    if (context) return { token, context };
    throw projectId === null ? invalidToken("ISSUER") : unknownProject();
  }

  #assertSigned({ text, alg }: UnverifiedAccessToken, { signingKey }: VerificationContext): void {
    const isSigned =
      signingKey?.algorithm === alg && verifyJws(text, alg, this.signingKeys.publicKey(signingKey));
    if (!isSigned) throw invalidToken("SIGNATURE");
  }
}

/**
 * The token was issued to this client, and since its last revocation (ADR 0023).
 * @throws INVALID_TOKEN
 */
function assertGeneration({ jti, iat }: AccessTokenClaims, client: VerifiedClientRow): void {
  const { tokenGeneration, tokensNotBefore, createdAt } = client;
  const generation = generationOf(jti);
  if (generation !== ZERO_GENERATION) {
    if (generation === tokenGeneration) return;
    throw invalidToken(tokensNotBefore ? "REVOKED" : "CLIENT");
  }
  // A process of the former version may have issued it since, with a clock that is ahead.
  const margin = tokenGeneration === ZERO_GENERATION ? 0 : MAX_CLOCK_DIFFERENCE_SECONDS;
  if (iat < epochSeconds(createdAt) + margin) throw invalidToken("CLIENT");
  if (tokensNotBefore && iat <= epochSeconds(tokensNotBefore) + margin) {
    throw invalidToken("REVOKED");
  }
}
