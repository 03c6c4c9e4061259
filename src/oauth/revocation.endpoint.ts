import type { TokenRevocations } from "../tokens/token-revocations.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import { authenticateEndpointCaller, type IntrospectorServices } from "./endpoint-caller.js";
import { nullIfInvalid } from "./introspection.endpoint.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint } from "./oauth-request.js";

export interface RevocationEndpointServices extends IntrospectorServices {
  tokenVerifier: TokenVerifier;
  tokenRevocations: TokenRevocations;
}

/** RFC 7009: a client ends a token of its own, a management key any. Else nothing happens, silently. */
export function revocationEndpoint(services: RevocationEndpointServices): OAuthEndpoint {
  const { tokenVerifier, tokenRevocations } = services;
  return async (oauth, request, reply) => {
    const endpointCaller = await authenticateEndpointCaller(
      services,
      oauth,
      request,
      "tokens:write",
    );
    const { project, parameters } = oauth;
    const given = parameters.require("token");
    const token = await nullIfInvalid(tokenVerifier.verifyIssued(project, given));
    const mayRevoke =
      endpointCaller.kind === "managementKey" || endpointCaller.client.clientId === token?.clientId;
    if (token && mayRevoke) await tokenRevocations.revoke(endpointCaller.caller, token.claims);
    reply.headers(NO_STORE).code(200).send();
  };
}
