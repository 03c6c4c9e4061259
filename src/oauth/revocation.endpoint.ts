import type { FastifyReply, FastifyRequest } from "fastify";
import { orNull } from "./introspection.endpoint.js";
import { authenticateIntrospector } from "./introspector.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthRequest, OAuthServices } from "./oauth-request.js";

/** RFC 7009: a client ends a token of its own, a management key any. Else nothing happens, silently. */
export async function revocationEndpoint(
  services: OAuthServices,
  oauth: OAuthRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const revoker = await authenticateIntrospector(services, oauth, request, "tokens:write");
  const { project, parameters } = oauth;
  const given = parameters.require("token");
  const token = await orNull(services.tokenVerifier.verifyIssued(project, given));
  const mayRevoke = revoker.kind === "managementKey" || revoker.client.clientId === token?.clientId;
  if (token && mayRevoke) await services.tokenRevocations.revoke(revoker.caller, token.claims);
  reply.headers(NO_STORE).code(200).send();
}
