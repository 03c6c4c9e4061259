import { invalidClient, isUsable } from "../clients/client-authenticator.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { assertGrantAllowed } from "../tokens/grant-policy.js";
import type { TokenContextLoader } from "../tokens/token-context.js";
import { invalidGrant } from "../trusted-auth/workload-identity.js";
import { authenticateClient, hasCredentials } from "./client-authentication/authenticate-client.js";
import { type ClientAuthenticationMethod, requestSource } from "./client-authentication/method.js";
import type { Dpop } from "./dpop.js";
import type { Grant, GrantResult } from "./grants/grant.js";
import { requestedAudience } from "./grants/token-request-parameters.js";
import { NO_STORE } from "./oauth-error.js";
import type { OAuthEndpoint, UnresolvedRequest } from "./oauth-request.js";

export interface TokenEndpointServices {
  projects: ProjectStore;
  tokenContexts: TokenContextLoader;
  grants: readonly Grant[];
  authenticationMethods: readonly ClientAuthenticationMethod[];
  dpop: Dpop;
  clock: Clock;
}

/**
 * RFC 6749 section 3.2. The steps are the same for every grant, so that none can skip a check:
 * 1. the grant is one that we know, 2. the client proves who it is, and that it may use this grant,
 * 3. it proves possession of its key where it has to, 4. the grant decides, the token is made, and
 * what may be used once is used up, 5. the token is given.
 */
export function tokenEndpoint(services: TokenEndpointServices): OAuthEndpoint<UnresolvedRequest> {
  const { grants, dpop } = services;
  return async (oauth, request, reply) => {
    const { parameters } = oauth;
    const grant = findGrant(grants, parameters.require("grant_type"));
    const source = requestSource(request);
    const { context, consumeCredential } = await authenticateTokenRequest(
      services,
      grant,
      oauth,
      source,
    );
    const dpopKeyThumbprint = await dpop.verifyProof(context.project, request, reply);
    const token = await grant.handle({
      context,
      parameters,
      source,
      consumeCredential,
      dpopKeyThumbprint,
    });
    reply.headers(NO_STORE).send(toTokenResponse(token));
  };
}

function findGrant(grants: readonly Grant[], grantType: string): Grant {
  const grant = grants.find((one) => one.grantType === grantType);
  if (!grant) {
    throw new CountersignError("UNSUPPORTED_GRANT_TYPE", "This grant type is not supported");
  }
  return grant;
}

/**
 * Credentials that come beside a grant's own proof must be good too, and of the same client. Where
 * there is no such project the router tells.
 */
async function authenticateTokenRequest(
  { authenticationMethods: methods, tokenContexts, projects, clock }: TokenEndpointServices,
  grant: Grant,
  { projectRef, parameters, authorization }: UnresolvedRequest,
  source: RequestSource,
) {
  const load = async (clientId: string) => {
    const context = await tokenContexts.load(projectRef, clientId, requestedAudience(parameters));
    if (!context) throw invalidClient();
    return context;
  };
  const request = { parameters, authorization, source, load };
  if (!grant.identifyClient) {
    const context = await authenticateClient(methods, request);
    assertGrantAllowed(context.client, grant.grantType);
    return { context, consumeCredential: undefined };
  }
  const project = await projects.resolve(projectRef);
  if (!project) throw invalidClient();
  const authenticated = hasCredentials(methods, request)
    ? await authenticateClient(methods, request)
    : null;
  const clientId = authenticated?.client.clientId ?? parameters.get("client_id");
  const { client, consumeCredential } = await grant.identifyClient({
    project,
    parameters,
    clientId,
  });
  // Its keys may have had to be fetched, and the client may have been changed meanwhile.
  const context = await load(client.clientId);
  const current = context.project.projectId === project.projectId ? context.client : null;
  if (!current || !isUsable(current, clock.now())) {
    throw invalidGrant();
  }
  return { context: { ...context, client: current }, consumeCredential };
}

/** RFC 6749 section 5.1, RFC 8693 section 2.2.1. */
function toTokenResponse(token: GrantResult) {
  return {
    access_token: token.accessToken,
    ...(token.issuedTokenType && { issued_token_type: token.issuedTokenType }),
    token_type: token.tokenType,
    expires_in: token.expiresIn,
    scope: token.scope,
  };
}
