import type { ApiStore } from "../apis/api-store.js";
import type { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { AccessToken, TokenVerifier } from "../tokens/token-verifier.js";
import {
  authenticateEndpointCaller,
  type EndpointCaller,
  type EndpointCallerServices,
} from "./authenticate-caller.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint, ProjectOAuthRequest } from "./oauth-request.js";

export interface IntrospectionEndpointServices extends EndpointCallerServices {
  apis: ApiStore;
  projects: ProjectStore;
  tokenVerifier: TokenVerifier;
  signingKeys: SigningKeyService;
  clock: Clock;
}

/** `typ` of a signed answer, and its media type below `application/` (RFC 9701 sections 5 and 10.3). */
const INTROSPECTION_JWT = "token-introspection+jwt";
const INTROSPECTION_JWT_TYPE = `application/${INTROSPECTION_JWT}`;

/**
 * RFC 7662. The token's client, the introspection client of its audience's API or project, and management keys get
 * the claims of a valid token. Every other request gets `active: false`. A caller that prefers it gets the same answer
 * as a signed JWT (RFC 9701).
 */
export function introspectionEndpoint(
  services: IntrospectionEndpointServices,
): OAuthEndpoint<ProjectOAuthRequest> {
  const { apis, tokenVerifier } = services;
  return async (oauthRequest, request, reply) => {
    const endpointCaller = await authenticateEndpointCaller(
      services,
      oauthRequest,
      request,
      "tokens:read",
    );
    const { project, parameters } = oauthRequest;
    const token = await nullIfInvalid(tokenVerifier.verify(project, parameters.require("token")));
    const isVisible = token && (await canIntrospect(apis, project, endpointCaller, token));
    const response = isVisible ? introspectionResponse(token) : { active: false };
    reply.headers(NO_STORE).header("vary", "Accept");
    if (request.type(["application/json", INTROSPECTION_JWT_TYPE]) === INTROSPECTION_JWT_TYPE) {
      const jwt = await signResponse(services, project, endpointCaller, response);
      reply.type(INTROSPECTION_JWT_TYPE).send(jwt);
    } else {
      reply.send(response);
    }
  };
}

/** An invalid token is no error of these endpoints (RFC 7662 section 2.2, RFC 7009 section 2.2). */
export async function nullIfInvalid(
  verification: Promise<AccessToken>,
): Promise<AccessToken | null> {
  return verification.catch((error: unknown) => {
    if (error instanceof CountersignError && error.code === "INVALID_TOKEN") return null;
    throw error;
  });
}

async function canIntrospect(
  apis: ApiStore,
  project: Project,
  endpointCaller: EndpointCaller,
  token: AccessToken,
): Promise<boolean> {
  if (endpointCaller.kind === "managementKey") return true;
  const { clientId } = endpointCaller.client;
  if (clientId === token.clientId) return true;
  for (const audience of [token.claims.aud].flat()) {
    if (audience === project.projectId) {
      // No API can have this identifier.
      if (project.introspectionClientId === clientId) return true;
      continue;
    }
    const api = await apis.findByIdentifier(project.projectId, audience);
    if (api?.introspectionClientId === clientId) return true;
  }
  return false;
}

/** The members of RFC 7662 section 2.2 and all claims of the token. */
function introspectionResponse({ clientId, claims }: AccessToken) {
  const confirmation = claims["cnf"] as { jkt?: string } | undefined;
  return {
    ...claims,
    active: true,
    client_id: clientId,
    token_type: confirmation?.jkt ? "DPoP" : "Bearer",
  };
}

/** RFC 9701 section 5: `typ` and the members that are missing keep it from passing for a token. */
async function signResponse(
  { signingKeys, projects, clock }: IntrospectionEndpointServices,
  project: Project,
  endpointCaller: EndpointCaller,
  response: object,
): Promise<string> {
  const { projectId } = project;
  return signingKeys.sign(projectId, {
    algorithm: currentSigningAlgorithm(project),
    typ: INTROSPECTION_JWT,
    claims: {
      iss: projects.issuerFor(project),
      aud: endpointCaller.kind === "client" ? endpointCaller.client.clientId : projectId,
      iat: epochSeconds(clock.now()),
      token_introspection: response,
    },
  });
}
