import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { audienceOf } from "../tokens/access-token-claims.js";
import type { AccessToken, TokenVerifier } from "../tokens/token-verifier.js";
import {
  authenticateEndpointCaller,
  type EndpointCaller,
  type EndpointCallerServices,
  nullIfInvalid,
} from "./authenticate-caller.js";
import type { EndpointContext } from "./endpoint-context.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint } from "./oauth-request.js";

export interface IntrospectionEndpointServices extends EndpointCallerServices {
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
export function introspectionEndpoint(services: IntrospectionEndpointServices): OAuthEndpoint {
  const { tokenVerifier } = services;
  return async (oauthRequest, request, reply) => {
    const { endpointCaller, token, context } = await authenticateEndpointCaller(
      services,
      oauthRequest,
      request,
      "tokens:read",
    );
    oauthRequest.parameters.require("token");
    const verified = token && nullIfInvalid(() => tokenVerifier.check(token, context));
    const isVisible = verified && canIntrospect(context, endpointCaller, verified);
    const response = isVisible ? introspectionResponse(verified) : { active: false };
    reply.headers(NO_STORE).header("vary", "Accept");
    if (request.type(["application/json", INTROSPECTION_JWT_TYPE]) === INTROSPECTION_JWT_TYPE) {
      const jwt = await signResponse(services, context.project, endpointCaller, response);
      reply.type(INTROSPECTION_JWT_TYPE).send(jwt);
    } else {
      reply.send(response);
    }
  };
}

function canIntrospect(
  { project, api }: EndpointContext,
  endpointCaller: EndpointCaller,
  token: AccessToken,
): boolean {
  if (endpointCaller.kind === "managementKey") return true;
  const { clientId } = endpointCaller.client;
  if (clientId === token.clientId) return true;
  // No API can have the project's id as its identifier.
  const { introspectionClientId = null } =
    (audienceOf(token.claims) === project.projectId ? project : api) ?? {};
  return introspectionClientId === clientId;
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
  project: EndpointContext["project"],
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
