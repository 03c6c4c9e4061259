import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { isUsable } from "../clients/client-authenticator.js";
import type { ClientStore } from "../clients/client-store.js";
import { type Project, SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { ACCESS_TOKEN_TYPES } from "./profiles/registry.js";
import type { TokenRevocations } from "./token-revocations.js";

export type AccessTokenClaims = JWTPayload & {
  iss: string;
  sub: string;
  aud: string | string[];
  scope: string;
  iat: number;
  exp: number;
  jti: string;
};

/** An access token that this server has issued and that has not expired. */
export interface AccessToken {
  clientId: string;
  claims: AccessTokenClaims;
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
      throw invalidToken();
    }
    const project = typeof issuer === "string" ? await this.projects.findByIssuer(issuer) : null;
    if (!project) throw invalidToken();
    return project;
  }

  /**
   * Verifies the token, that its client is active and that the token has not been revoked.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  async verify(project: Project, token: string, audience?: string): Promise<AccessToken> {
    const issued = await this.verifyIssued(project, token, audience);
    const { clientId, claims } = issued;
    const client = await this.clients.find(project.projectId, clientId);
    if (!client || !isUsable(client, this.clock.now())) throw invalidToken();
    // The token was issued to a deleted client that had the same id.
    if (claims.iat < epochSeconds(client.createdAt)) throw invalidToken();
    if (client.tokensNotBefore && claims.iat <= epochSeconds(client.tokensNotBefore)) {
      throw invalidToken();
    }
    if (await this.revocations.isRevoked(project.projectId, claims.jti)) throw invalidToken();
    return issued;
  }

  /**
   * Verifies signature, type, issuer, audience and times only: the token may have been revoked, or its
   * client deleted.
   * @param audience absent: any
   * @throws INVALID_TOKEN
   */
  async verifyIssued(project: Project, token: string, audience?: string): Promise<AccessToken> {
    const claims = await this.#verifyJwt(project, token, audience);
    const clientId = String(claims["client_id"] ?? claims["azp"]);
    if (claims.sub !== clientId && claims.sub !== `${clientId}@clients`) throw invalidToken();
    return { clientId, claims };
  }

  async #verifyJwt(project: Project, token: string, audience?: string): Promise<AccessTokenClaims> {
    if (!hasAccessTokenForm(token)) throw invalidToken();
    const keys = await this.signingKeys.verificationKeys(project.projectId);
    let claims: AccessTokenClaims;
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [...SIGNING_ALGORITHMS],
        ...(audience !== undefined && { audience }),
        requiredClaims: ["iss", "sub", "aud", "scope", "iat", "exp", "jti"],
        currentDate: this.clock.now(),
      });
      claims = payload as AccessTokenClaims;
    } catch (error) {
      throw invalidToken({ cause: error });
    }
    if (!(await this.projects.isIssuerOf(project, claims.iss))) throw invalidToken();
    return claims;
  }
}

function hasAccessTokenForm(token: string): boolean {
  try {
    return COMPACT.test(token) && ACCESS_TOKEN_TYPES.has(decodeProtectedHeader(token).typ ?? "");
  } catch {
    return false;
  }
}

export function invalidToken(options?: ErrorOptions) {
  return new CountersignError("INVALID_TOKEN", "The access token is not valid", {}, options);
}
