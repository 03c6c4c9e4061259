import type { FastifyRequest } from "fastify";
import type { ApiService } from "../apis/api.service.js";
import type { ManagementKeyService } from "../projects/management-key.service.js";
import type { Project } from "../projects/project.entity.js";
import type { ProjectService } from "../projects/project.service.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import type { ClientAuthenticationMethod } from "./client-authentication/method.js";
import type { Dpop } from "./dpop.js";
import type { Grant } from "./grants/grant.js";
import type { OAuthParameters } from "./parameters.js";
import type { ClientRegistration } from "./registration.service.js";

/** What every endpoint gets: whose it is, and what was sent. */
export interface OAuthRequest {
  project: Project;
  parameters: OAuthParameters;
  authorization: string | undefined;
}

/** Tells whose endpoint a request has reached; null: nobody's. */
export type ProjectOf = (request: FastifyRequest) => Promise<Project | null>;

/** What the endpoints work with. */
export interface OAuthServices {
  projects: ProjectService;
  managementKeys: ManagementKeyService;
  apis: ApiService;
  signingKeys: SigningKeyService;
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
  grants: readonly Grant[];
  authenticationMethods: readonly ClientAuthenticationMethod[];
  dpop: Dpop;
  registration: ClientRegistration;
}
