import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import { authenticateEndpointCaller, type EndpointCallerServices } from "./authenticate-caller.js";
import { nullIfInvalid } from "./introspection.endpoint.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint, ProjectOAuthRequest } from "./oauth-request.js";

export interface RevocationEndpointServices extends EndpointCallerServices {
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
}

/**
 * RFC 7009. A client can revoke its own tokens, a management key all tokens of the project. A request
 * for any other token succeeds without effect.
 */
export function revocationEndpoint(
  services: RevocationEndpointServices,
): OAuthEndpoint<ProjectOAuthRequest> {
  const { tokenVerifier, tokenRevocations } = services;
  return async (oauthRequest, request, reply) => {
    const endpointCaller = await authenticateEndpointCaller(
      services,
      oauthRequest,
      request,
      "tokens:write",
    );
    const { project, parameters } = oauthRequest;
    const verification = tokenVerifier.verifyIssued(project, parameters.require("token"));
    const token = await nullIfInvalid(verification);
    const mayRevoke =
      endpointCaller.kind === "managementKey" || endpointCaller.client.clientId === token?.clientId;
    if (token && mayRevoke) await tokenRevocations.revoke(endpointCaller.caller, token.claims);
    reply.headers(NO_STORE).code(200).send();
  };
}
