import type { FastifyReply, FastifyRequest } from "fastify";
import type { Client } from "../clients/client.entity.js";
import { CountersignError } from "../shared/errors.js";
import type { IssuedToken } from "../tokens/token-issuer.js";
import { authenticateClient } from "./client-authentication/authenticate-client.js";
import { originOf } from "./client-authentication/method.js";
import type { Grant } from "./grants/grant.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthRequest, OAuthServices } from "./oauth-request.js";

/**
 * RFC 6749 section 3.2. The steps are the same for every grant, so that none can skip a check:
 * 1. the grant is one that we know, 2. the client proves who it is, 3. it may use this grant,
 * 4. it proves possession of its key where it has to, 5. the grant decides and the token is issued.
 */
export async function tokenEndpoint(
  services: OAuthServices,
  { project, parameters, authorization }: OAuthRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = findGrant(services.grants, parameters.require("grant_type"));
  const origin = originOf(request);
  const client = await authenticateClient(services.authenticationMethods, {
    project,
    parameters,
    authorization,
    origin,
  });
  assertMayUse(client, grant);
  const dpopKeyThumbprint = await services.dpop.check(project, request, reply);
  const token = await grant.handle({ project, client, parameters, dpopKeyThumbprint });
  return reply.headers(NO_STORE).send(answerOf(token));
}

function findGrant(grants: readonly Grant[], grantType: string): Grant {
  const grant = grants.find((one) => one.grantType === grantType);
  if (!grant) {
    throw new CountersignError("UNSUPPORTED_GRANT_TYPE", "This grant type is not supported");
  }
  return grant;
}

function assertMayUse(client: Client, grant: Grant): void {
  if (client.grantTypes.includes(grant.grantType)) return;
  throw new CountersignError("UNAUTHORIZED_CLIENT", "The client may not use this grant type");
}

/** RFC 6749 section 5.1. */
function answerOf(token: IssuedToken) {
  return {
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: token.expiresIn,
    scope: token.scope,
  };
}
