import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import type { Client } from "../clients/client.entity.js";
import type { ClientStore } from "../clients/client-store.js";
import { generationOf, ZERO_GENERATION } from "../clients/token-generation.js";
import { isUsable } from "../clients/usable-client.js";
import { type Project, SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { sessionTokenProfiles } from "../sessions/session-token-profiles.js";
import {
  type Clock,
  epochSeconds,
  latestElsewhere,
  MAX_CLOCK_DIFFERENCE_SECONDS,
} from "../shared/clock.js";
import type { TokenRefusal, TrustedAuthTokenReason } from "../shared/errors.js";
import { toJwtFailure } from "../shared/jwt-failure.js";
import { isCanonicalBase64url } from "../shared/unverified-jwt.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { ACCESS_TOKEN_TYPES } from "./profiles/registry.js";
import { invalidToken } from "./token-refusal.js";
import type { TokenRevocations } from "./token-revocations.js";

export type AccessTokenClaims = JWTPayload & {
  iss: string;
  sub: string;
  aud: string | string[];
  /** Absent: the token has no scopes. */
  scope?: string;
  iat: number;
  exp: number;
  jti: string;
};

/** An access token that this server has issued and that has not expired. */
export interface AccessToken {
  clientId: string;
  scopes: string[];
  claims: AccessTokenClaims;
}

/** An access token that its client may use now. */
export interface VerifiedAccessToken extends AccessToken {
  client: Client;
}

/** RFC 7515 section 7.1: base64url without padding. Decoders are more lenient. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Verifies access tokens that this server has issued. */
export class TokenVerifier {
  constructor(
    private readonly projects: ProjectStore,
    private readonly clients: ClientStore,
    private readonly signingKeys: SigningKeyService,
    private readonly revocations: TokenRevocations,
    private readonly clock: Clock,
  ) {}

  /** Finds the project by the token's unverified issuer. @throws INVALID_TOKEN */
  async resolveProject(token: string): Promise<Project> {
    let issuer: unknown;
    try {
      issuer = decodeJwt(token).iss;
    } catch {
      throw invalidToken("MALFORMED");
    }
    const project = typeof issuer === "string" ? await this.projects.findByIssuer(issuer) : null;
    if (!project) throw invalidToken("ISSUER");
    return project;
  }

  /**
   * Verifies the token, that its client is usable and that the token has not been revoked.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  async verify(project: Project, token: string, audience?: string): Promise<VerifiedAccessToken> {
    const issued = await this.verifyIssued(project, token, audience);
    const { clientId, claims } = issued;
    const client = await this.clients.findWithUsability(project.projectId, clientId);
    const now = this.clock.now();
    if (claims.exp <= epochSeconds(now)) throw invalidToken("EXPIRED");
    if (!client || !isUsable(client, now)) throw invalidToken("CLIENT");
    assertGeneration(claims, client);
    if (await this.revocations.isRevoked(project.projectId, claims.jti)) {
      throw invalidToken("REVOKED");
    }
    return { ...issued, client };
  }

  /**
   * Verifies signature, type, issuer, audience and times only: the token may have been revoked, or its
   * client deleted. Accepts a token that has just expired, because it may be valid in another process.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  async verifyIssued(project: Project, token: string, audience?: string): Promise<AccessToken> {
    const claims = await this.#verifyJwt(project, token, audience);
    const clientId = claims["client_id"] ?? claims["azp"];
    // A session JWT of Stytch's profile has the `typ` and audience of an access token, but no client.
    if (typeof clientId !== "string") throw invalidToken("SESSION");
    if (claims.sub !== clientId && claims.sub !== `${clientId}@clients`) {
      throw invalidToken("SUBJECT");
    }
    return { clientId, scopes: splitScope(claims.scope), claims };
  }

  async #verifyJwt(project: Project, token: string, audience?: string): Promise<AccessTokenClaims> {
    assertAccessTokenForm(token);
    const keys = await this.signingKeys.verificationKeys(project.projectId);
    const now = this.clock.now();
    let claims: AccessTokenClaims;
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [...SIGNING_ALGORITHMS],
        ...(audience !== undefined && { audience }),
        requiredClaims: ["iss", "sub", "aud", "iat", "exp", "jti"],
        // RFC 7519 section 4.1.5. `verify` does not extend `exp`.
        clockTolerance: MAX_CLOCK_DIFFERENCE_SECONDS,
        currentDate: now,
      });
      claims = payload as AccessTokenClaims;
    } catch (error) {
      const { reason } = toJwtFailure(error) ?? { reason: "MALFORMED" };
      throw invalidToken(toTokenRefusal(reason), { cause: error });
    }
    if (!areWellTyped(claims)) throw invalidToken("MALFORMED");
    // Not every profile has `nbf`.
    if (claims.iat > epochSeconds(latestElsewhere(now))) throw invalidToken("NOT_YET_VALID");
    if (!(await this.projects.isIssuerOf(project, claims.iss))) throw invalidToken("ISSUER");
    return claims;
  }
}

/**
 * The token was issued to this client, and since its last revocation (ADR 0023).
 * @throws INVALID_TOKEN
 */
function assertGeneration({ jti, iat }: AccessTokenClaims, client: Client): void {
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

/** jose checks the types of `aud` and of times alone. */
function areWellTyped({ iss, sub, jti, scope = "", cnf }: AccessTokenClaims): boolean {
  return [iss, sub, jti, scope].every((claim) => typeof claim === "string") && cnf !== null;
}

/** RFC 6749 section 3.3 */
function splitScope(scope = ""): string[] {
  return scope === "" ? [] : scope.split(" ");
}

function assertAccessTokenForm(token: string): void {
  let typ: string | undefined;
  try {
    ({ typ } = decodeProtectedHeader(token));
  } catch {
    throw invalidToken("MALFORMED");
  }
  const signature = token.slice(token.lastIndexOf(".") + 1);
  if (!COMPACT.test(token) || !isCanonicalBase64url(signature)) throw invalidToken("MALFORMED");
  if (typ === sessionTokenProfiles.DEFAULT.typ) throw invalidToken("SESSION");
  if (!ACCESS_TOKEN_TYPES.has(typ ?? "")) throw invalidToken("TYPE");
}

function toTokenRefusal(reason: TrustedAuthTokenReason): TokenRefusal {
  switch (reason) {
    case "REPLAYED":
    case "KEY_SET_UNAVAILABLE":
    case "CONDITION":
      return "MALFORMED";
    default:
      return reason;
  }
}
