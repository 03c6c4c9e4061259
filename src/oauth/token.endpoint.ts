import type { FastifyReply, FastifyRequest } from "fastify";
import type { Client } from "../clients/client.entity.js";
import { CountersignError } from "../shared/errors.js";
import { authenticateClient, hasCredentials } from "./client-authentication/authenticate-client.js";
import { type AuthenticationRequest, originOf } from "./client-authentication/method.js";
import type { Grant, GrantAnswer, ProvenClient } from "./grants/grant.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthRequest, OAuthServices } from "./oauth-request.js";

/**
 * RFC 6749 section 3.2. The steps are the same for every grant, so that none can skip a check:
 * 1. the grant is one that we know, 2. the client proves who it is, and that it may use this grant,
 * 3. it proves possession of its key where it has to, 4. the grant decides and the token is made,
 * 5. what may be used once is used up, 6. the token is given.
 */
export async function tokenEndpoint(
  services: OAuthServices,
  { project, parameters, authorization }: OAuthRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = findGrant(services.grants, parameters.require("grant_type"));
  const proof = { project, parameters, authorization, origin: originOf(request) };
  const { client, useUp } = await provenClient(services, grant, proof);
  const dpopKeyThumbprint = await services.dpop.check(project, request, reply);
  const token = await grant.handle({ project, client, parameters, dpopKeyThumbprint });
  await useUp?.();
  return reply.headers(NO_STORE).send(answerOf(token));
}

function findGrant(grants: readonly Grant[], grantType: string): Grant {
  const grant = grants.find((one) => one.grantType === grantType);
  if (!grant) {
    throw new CountersignError("UNSUPPORTED_GRANT_TYPE", "This grant type is not supported");
  }
  return grant;
}

/** Credentials that come beside a grant's own proof must be good too, and of the same client. */
async function provenClient(
  { authenticationMethods: methods }: OAuthServices,
  grant: Grant,
  request: AuthenticationRequest,
): Promise<ProvenClient> {
  if (!grant.identifyClient) {
    const client = await authenticateClient(methods, request);
    assertMayUse(client, grant);
    return { client };
  }
  const { project, parameters } = request;
  const authenticated = hasCredentials(methods, request)
    ? await authenticateClient(methods, request)
    : null;
  const clientId = authenticated?.clientId ?? parameters.get("client_id");
  return grant.identifyClient({ project, parameters, clientId });
}

function assertMayUse(client: Client, grant: Grant): void {
  if (client.grantTypes.includes(grant.grantType)) return;
  throw new CountersignError("UNAUTHORIZED_CLIENT", "The client may not use this grant type");
}

/** RFC 6749 section 5.1, RFC 8693 section 2.2.1. */
function answerOf(token: GrantAnswer) {
  return {
    access_token: token.accessToken,
    ...(token.issuedTokenType && { issued_token_type: token.issuedTokenType }),
    token_type: token.tokenType,
    expires_in: token.expiresIn,
    scope: token.scope,
  };
}
