import { invalidClient } from "../clients/authentication-failure.js";
import { isUsable } from "../clients/usable-client.js";
import type { Metrics } from "../metrics/metrics.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { assertGrantAllowed } from "../tokens/grant-policy.js";
import type { TokenContextLoader } from "../tokens/token-context.js";
import { invalidGrant } from "../trusted-auth/workload-identity.js";
import { TokenAttempt } from "../usage/token-attempt.js";
import type { UsageRecorder } from "../usage/usage-recorder.js";
import { authenticateClient, hasCredentials } from "./client-authentication/authenticate-client.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import type { Dpop } from "./dpop.js";
import { countRefusedToken } from "./failed-tokens.js";
import type { Grant, GrantResult } from "./grants/grant.js";
import { requestedAudience } from "./grants/token-request-parameters.js";
import { NO_STORE } from "./oauth-error.js";
import { type OAuthEndpoint, type OAuthRequest, requestSource } from "./oauth-request.js";

export interface TokenEndpointServices {
  projects: ProjectStore;
  tokenContexts: TokenContextLoader;
  grants: readonly Grant[];
  authenticationMethods: readonly ClientAuthenticationMethod[];
  dpop: Dpop;
  rateLimiter: RateLimiter;
  usageRecorder: UsageRecorder;
  metrics: Pick<Metrics, "tokenRequest">;
  clock: Clock;
}

/** RFC 6749 section 3.2. Every grant goes through the same five steps, so none can skip a check. */
export function tokenEndpoint(services: TokenEndpointServices): OAuthEndpoint {
  const { grants, dpop } = services;
  return async (oauthRequest, request, reply) => {
    const { parameters } = oauthRequest;
    const source = requestSource(request);

    const grantType = parameters.get("grant_type");
    const isSupported = grants.some((grant) => grant.grantType === grantType);
    const label = isSupported && grantType ? grantType : "unsupported";
    const token = await services.metrics.tokenRequest(label, async () => {
      // 1. Find the grant.
      const grant = findGrant(grants, parameters.require("grant_type"));

      const attempt = new TokenAttempt(services.usageRecorder, services.clock);
      return attempt.run(async () => {
        // 2. Authenticate the client and check that it may use the grant.
        const { context, consumeCredential } = await authenticateTokenRequest(
          services,
          grant,
          oauthRequest,
          source,
          attempt,
        );

        // 3. Verify the DPoP proof, if there is one.
        const dpopKeyThumbprint = await dpop.verifyProof(
          context.project,
          oauthRequest.projectRef,
          request,
          reply,
        );

        // 4. Issue the token and consume a single-use credential.
        return grant.handle({ context, parameters, source, consumeCredential, dpopKeyThumbprint });
      });
    });

    // 5. Send the token.
    reply.headers(NO_STORE).send(toTokenResponse(token));
  };
}

function findGrant(grants: readonly Grant[], grantType: string): Grant {
  const grant = grants.find((candidate) => candidate.grantType === grantType);
  if (!grant) {
    throw new CountersignError("UNSUPPORTED_GRANT_TYPE", "This grant type is not supported");
  }
  return grant;
}

/**
 * Authenticates the client, or lets the grant identify it. If the request of a grant that identifies
 * the client also has client credentials, these must be valid and belong to the same client.
 */
async function authenticateTokenRequest(
  services: TokenEndpointServices,
  { grantType, identifyClient }: Grant,
  { projectRef, parameters, authorization }: OAuthRequest,
  source: RequestSource,
  attempt: TokenAttempt,
) {
  const { authenticationMethods: methods, tokenContexts, projects, rateLimiter, clock } = services;
  const load = async (clientId: string) => {
    const context = await tokenContexts.load(projectRef, clientId, requestedAudience(parameters));
    if (!context) throw invalidClient();
    return attempt.about(context);
  };
  const request = { parameters, authorization, source, load };
  if (!identifyClient) {
    const context = await authenticateClient(methods, request);
    assertGrantAllowed(context.client, grantType);
    return { context, consumeCredential: undefined };
  }
  const project = await projects.resolve(projectRef);
  if (!project) throw invalidClient();
  const authenticated = hasCredentials(methods, request)
    ? await authenticateClient(methods, request)
    : null;
  const clientId = authenticated?.client.clientId ?? parameters.get("client_id");
  const { client, consumeCredential } = await countRefusedToken(
    rateLimiter,
    project.projectId,
    source,
    () => identifyClient({ project, parameters, clientId }),
  );
  // The client may have changed while the issuer's key set was fetched.
  const context = await load(client.clientId);
  const isSameProject = context.project.projectId === project.projectId;
  const currentClient = isSameProject ? context.client : null;
  if (!currentClient || !isUsable(currentClient, clock.now())) throw invalidGrant();
  return { context: { ...context, client: currentClient }, consumeCredential };
}

/** The access token response (RFC 6749 section 5.1, RFC 8693 section 2.2.1). */
function toTokenResponse(token: GrantResult) {
  return {
    access_token: token.accessToken,
    ...(token.issuedTokenType && { issued_token_type: token.issuedTokenType }),
    token_type: token.tokenType,
    expires_in: token.expiresIn,
    scope: token.scope,
  };
}
