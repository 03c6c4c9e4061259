import type { ApiStore } from "../apis/api-store.js";
import type { Project } from "../projects/project.entity.js";
import { CountersignError } from "../shared/errors.js";
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
  tokenVerifier: TokenVerifier;
}

/**
 * RFC 7662. The token's client, the introspection client of its audience's API and management keys
 * get the claims of a valid token. Every other request gets `active: false`.
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
    reply.headers(NO_STORE).send(isVisible ? introspectionResponse(token) : { active: false });
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
