import type { ApiStore } from "../apis/api-store.js";
import type { Project } from "../projects/project.entity.js";
import { CountersignError } from "../shared/errors.js";
import type { AccessToken, TokenVerifier } from "../tokens/token-verifier.js";
import {
  authenticateEndpointCaller,
  type EndpointCaller,
  type IntrospectorServices,
} from "./endpoint-caller.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint } from "./oauth-request.js";

export interface IntrospectionEndpointServices extends IntrospectorServices {
  apis: ApiStore;
  tokenVerifier: TokenVerifier;
}

/**
 * RFC 7662. Only the token's client, its audience's API or a management key learns anything; whoever
 * else asks, and for whatever else, gets the same answer.
 */
export function introspectionEndpoint(services: IntrospectionEndpointServices): OAuthEndpoint {
  const { apis, tokenVerifier } = services;
  return async (oauth, request, reply) => {
    const endpointCaller = await authenticateEndpointCaller(
      services,
      oauth,
      request,
      "tokens:read",
    );
    const { project, parameters } = oauth;
    const token = await nullIfInvalid(tokenVerifier.verify(project, parameters.require("token")));
    const visible = token && (await canIntrospect(apis, project, endpointCaller, token));
    reply.headers(NO_STORE).send(visible ? introspectionResponse(token) : { active: false });
  };
}

/** A token that is not good is not an error here (RFC 7662 section 2.2, RFC 7009 section 2.2). */
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

/** RFC 7662 section 2.2, with the token's own claims beside. */
function introspectionResponse({ clientId, claims }: AccessToken) {
  const confirmation = claims["cnf"] as { jkt?: string } | undefined;
  return {
    ...claims,
    active: true,
    client_id: clientId,
    token_type: confirmation?.jkt ? "DPoP" : "Bearer",
  };
}
