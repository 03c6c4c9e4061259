import { CountersignError } from "../shared/errors.js";
import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { AccessToken, TokenVerifier } from "../tokens/token-verifier.js";
import {
  authenticateEndpointCaller,
  type EndpointCaller,
  type EndpointCallerServices,
} from "./authenticate-caller.js";
import { nullIfInvalid } from "./introspection.endpoint.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint, ProjectOAuthRequest } from "./oauth-request.js";

export interface RevocationEndpointServices extends EndpointCallerServices {
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
}

/**
 * RFC 7009. A client can revoke its own tokens, a management key all tokens of the project. A request for what
 * is no valid token of the project succeeds without effect (section 2.2).
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
    const text = parameters.require("token");
    const token = await nullIfInvalid(tokenVerifier.verifyIssued(project, text));
    if (token && mayRevoke(endpointCaller, token)) {
      await tokenRevocations.revoke(endpointCaller.caller, token.claims);
    } else if (token && (await nullIfInvalid(tokenVerifier.verify(project, text)))) {
      // RFC 7009 section 2.1: the request is refused and the client is told.
      throw new CountersignError("UNAUTHORIZED_CLIENT", "The token was issued to another client");
    }
    reply.headers(NO_STORE).code(200).send();
  };
}

function mayRevoke(endpointCaller: EndpointCaller, { clientId }: AccessToken): boolean {
  return endpointCaller.kind === "managementKey" || endpointCaller.client.clientId === clientId;
}
