import { randomUUID } from "node:crypto";
import { decodeJwt, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { ClientService } from "../clients/client.service.js";
import type { ClientAuthenticator } from "../clients/client-authenticator.js";
import { MAX_SECRET_LENGTH } from "../clients/client-rules.js";
import type { Project } from "../projects/project.entity.js";
import { SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectService } from "../projects/project.service.js";
import type { Origin } from "../shared/caller.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { lookupId, scopes, validate } from "../shared/validation.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { accessTokenClaims, customClaimsOf } from "./access-token-claims.js";
import { coversScope, grantedScopes } from "./scopes.js";

export interface TokenRequest {
  clientId: string;
  clientSecret: string;
  /** Absent: the default project. */
  projectId?: string | null;
  /** Absent: the project itself. */
  audience?: string | null;
  /** Absent: all that the client has. */
  scopes?: string[] | null;
}

export interface IssuedToken {
  accessToken: string;
  tokenType: "Bearer";
  expiresIn: number;
  scope: string;
}

export interface TokenToVerify {
  accessToken: string;
  requiredScopes?: string[] | null;
  maxTokenAgeSeconds?: number | null;
}

export interface VerifiedToken {
  clientId: string;
  scopes: string[];
  audience: string[];
  customClaims: JsonObject;
  expiresAt: Date;
}

/** `typ` of the default token profile; session JWTs have another one (RFC 8725 section 3.11). */
const ACCESS_TOKEN_TYPE = "JWT";
const MAX_TOKEN_LENGTH = 16_384;

const requestRules = z.object({
  clientId: lookupId.min(1, "Must not be empty"),
  clientSecret: z
    .string()
    .min(1, "Must not be empty")
    .max(MAX_SECRET_LENGTH, `Must have at most ${MAX_SECRET_LENGTH} characters`),
  projectId: lookupId.nullish(),
  audience: lookupId.nullish(),
  scopes: scopes.nullish(),
});

const verifyRules = z.object({
  accessToken: z
    .string()
    .min(1, "Must not be empty")
    .max(MAX_TOKEN_LENGTH, `Must have at most ${MAX_TOKEN_LENGTH} characters`),
  requiredScopes: scopes.nullish(),
  maxTokenAgeSeconds: z.number().int().min(1, "Must be at least 1 second").nullish(),
});

export class TokenService {
  constructor(
    private readonly projects: ProjectService,
    private readonly clients: ClientService,
    private readonly authenticator: ClientAuthenticator,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /** @throws BAD_USER_INPUT, INVALID_CLIENT, RATE_LIMITED, INVALID_TARGET, INVALID_SCOPE */
  async issue(origin: Origin, input: TokenRequest): Promise<IssuedToken> {
    const request = validate(requestRules, input);
    const project = request.projectId
      ? await this.projects.find(request.projectId)
      : await this.projects.findDefault();
    const client = await this.authenticator.authenticate(
      project?.projectId ?? "",
      request.clientId,
      request.clientSecret,
      origin,
    );
    // A client has been found in it, so the project exists.
    if (!project) throw new Error("a client without a project");
    if (request.audience && request.audience !== project.projectId) {
      throw new CountersignError("INVALID_TARGET", "The client may not ask for this audience", {
        path: ["input", "audience"],
      });
    }
    const granted = grantedScopes(request.scopes, client.scopes);
    const claims = accessTokenClaims(project, client, {
      issuer: this.projects.issuerOf(project),
      jti: randomUUID(),
      now: this.clock.now(),
      scopes: granted,
    });
    return {
      accessToken: await this.signingKeys.sign(project.projectId, ACCESS_TOKEN_TYPE, claims),
      tokenType: "Bearer",
      expiresIn: claims.exp - claims.iat,
      scope: claims.scope,
    };
  }

  /**
   * @param projectId the caller's project; null: the one that the token names as its issuer
   * @throws BAD_USER_INPUT; INVALID_TOKEN for all that is not a good token of the project;
   *   INVALID_SCOPE when it lacks a required scope
   */
  async verify(projectId: string | null, input: TokenToVerify): Promise<VerifiedToken> {
    const { accessToken, requiredScopes, maxTokenAgeSeconds } = validate(verifyRules, input, []);
    const project = await this.#projectOf(projectId, accessToken);
    const claims = await this.#verifySignatureAndClaims(project, accessToken, maxTokenAgeSeconds);
    const client = await this.clients.find(project.projectId, claims.sub);
    if (client?.status !== "ACTIVE") throw invalidToken();
    const held = claims.scope === "" ? [] : claims.scope.split(" ");
    const missing = (requiredScopes ?? []).findIndex((one) => !coversScope(held, one));
    if (missing >= 0) {
      throw new CountersignError("INVALID_SCOPE", "The token lacks a required scope", {
        path: ["requiredScopes", missing],
      });
    }
    return {
      clientId: claims.sub,
      scopes: held,
      audience: [claims.aud].flat(),
      customClaims: customClaimsOf(claims),
      expiresAt: new Date(claims.exp * 1000),
    };
  }

  async #projectOf(projectId: string | null, accessToken: string): Promise<Project> {
    if (projectId) return this.projects.get(projectId);
    let issuer: unknown;
    try {
      issuer = decodeJwt(accessToken).iss;
    } catch {
      throw invalidToken();
    }
    const project = typeof issuer === "string" ? await this.projects.findByIssuer(issuer) : null;
    if (!project) throw invalidToken();
    return project;
  }

  async #verifySignatureAndClaims(
    project: Project,
    token: string,
    maxTokenAgeSeconds: number | null | undefined,
  ): Promise<AccessTokenClaims> {
    const now = this.clock.now();
    try {
      const keys = await this.signingKeys.verificationKeys(project.projectId);
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [...SIGNING_ALGORITHMS],
        typ: ACCESS_TOKEN_TYPE,
        issuer: this.projects.issuerOf(project),
        audience: project.projectId,
        requiredClaims: ["sub", "client_id", "scope", "iat", "exp", "jti"],
        currentDate: now,
      });
      // jose's own check of the age would count a token of this very second as too old for 0
      const age = epochSeconds(now) - (payload.iat ?? 0);
      if (maxTokenAgeSeconds && age > maxTokenAgeSeconds) throw invalidToken();
      return payload as AccessTokenClaims;
    } catch (error) {
      throw invalidToken({ cause: error });
    }
  }
}

type AccessTokenClaims = JWTPayload & {
  sub: string;
  aud: string | string[];
  scope: string;
  exp: number;
};

function invalidToken(options?: ErrorOptions) {
  return new CountersignError("INVALID_TOKEN", "Not a valid token of this project", {}, options);
}
