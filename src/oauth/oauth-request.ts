import type { FastifyRequest } from "fastify";
import type { ApiService } from "../apis/api.service.js";
import type { ClientService } from "../clients/client.service.js";
import type { ManagementKeyService } from "../projects/management-key.service.js";
import type { Project } from "../projects/project.entity.js";
import type { ProjectRef, ProjectService } from "../projects/project.service.js";
import type { Clock } from "../shared/clock.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { TokenFactsReader } from "../tokens/token-facts.js";
import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import type { ClientAuthenticationMethod } from "./client-authentication/method.js";
import type { Dpop } from "./dpop.js";
import type { Grant } from "./grants/grant.js";
import type { OAuthParameters } from "./parameters.js";
import type { ClientRegistration } from "./registration.service.js";

/** What was sent, and to whom. */
export interface OAuthRequest {
  project: Project;
  parameters: OAuthParameters;
  authorization: string | undefined;
}

/** The same before anybody has looked whether there is such a project. */
export interface UnresolvedRequest extends Omit<OAuthRequest, "project"> {
  projectRef: ProjectRef;
}

/** Tells whose endpoint a request has reached. */
export type ProjectRefOf = (request: FastifyRequest) => ProjectRef;

/** What the endpoints work with. */
export interface OAuthServices {
  projects: ProjectService;
  managementKeys: ManagementKeyService;
  apis: ApiService;
  clients: ClientService;
  signingKeys: SigningKeyService;
  tokenFacts: TokenFactsReader;
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
  grants: readonly Grant[];
  authenticationMethods: readonly ClientAuthenticationMethod[];
  dpop: Dpop;
  registration: ClientRegistration;
  clock: Clock;
}
