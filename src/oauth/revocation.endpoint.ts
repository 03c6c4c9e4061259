import { CountersignError } from "../shared/errors.js";
import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { AccessToken, TokenVerifier } from "../tokens/token-verifier.js";
import {
  authenticateEndpointCaller,
  type EndpointCaller,
  type EndpointCallerServices,
  nullIfInvalid,
} from "./authenticate-caller.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint } from "./oauth-request.js";

export interface RevocationEndpointServices extends EndpointCallerServices {
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
}

/**
 * RFC 7009. A client can revoke its own tokens, a management key all tokens of the project. A request for what
 * is no valid token of the project succeeds without effect (section 2.2).
 */
export function revocationEndpoint(services: RevocationEndpointServices): OAuthEndpoint {
  const { tokenVerifier, tokenRevocations } = services;
  return async (oauthRequest, request, reply) => {
    const { endpointCaller, token, context } = await authenticateEndpointCaller(
      services,
      oauthRequest,
      request,
      "tokens:write",
    );
    oauthRequest.parameters.require("token");
    const issued = token && nullIfInvalid(() => tokenVerifier.checkIssued(token, context));
    if (issued && mayRevoke(endpointCaller, issued)) {
      await tokenRevocations.revoke(endpointCaller.caller, issued.claims);
    } else if (token && nullIfInvalid(() => tokenVerifier.check(token, context))) {
      // RFC 7009 section 2.1: the request is refused and the client is told.
      throw new CountersignError("UNAUTHORIZED_CLIENT", "The token was issued to another client");
    }
    reply.headers(NO_STORE).code(200).send();
  };
}

function mayRevoke(endpointCaller: EndpointCaller, { clientId }: AccessToken): boolean {
  return endpointCaller.kind === "managementKey" || endpointCaller.client.clientId === clientId;
}
