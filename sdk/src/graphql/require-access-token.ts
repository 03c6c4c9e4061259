import {
  type Authenticate,
  type Authenticated,
  accessTokenAuthentication,
  authorization,
  sessionAuthentication,
} from "../http/authorize.js";
import type { AccessTokenRequirement, TokenRequirement } from "../http/requirement.js";
import type { VerifiedAccessToken, VerifiedSession } from "../verify/verified.js";
import { type GraphQLRequest, httpRequest } from "./graphql-request.js";
import { requestError } from "./token-errors.js";

/** A part of the context of resolvers. */
export interface AccessTokenContext {
  accessToken: VerifiedAccessToken;
}

/** As `AccessTokenContext`, of requests that may come without an access token. */
export type OptionalContext = Authenticated;

/** A part of the context of resolvers. */
export interface SessionContext {
  memberSession: VerifiedSession;
}

/** What a requirement makes sure of: with `optional` or `sessions` there may be no access token. */
type ContextOf<Requirement, Required> = Requirement extends { optional?: false; sessions?: false }
  ? Required
  : OptionalContext;

/**
 * Makes the context of a GraphQL server: of a request's access token, or an error for the whole request. The error's
 * code is UNAUTHENTICATED, FORBIDDEN, SERVICE_UNAVAILABLE or BAD_REQUEST, and Apollo Server and GraphQL Yoga answer it
 * with the status and the headers that RFC 6750 and RFC 9449 ask for. `requireScopes` then checks single fields.
 *
 * The request is one of Node.js, Express, Fastify or Fetch. If middleware of this package has verified its token, it is
 * not verified again.
 *
 * @example
 * import { startStandaloneServer } from "@apollo/server/standalone";
 * import type { ApolloServer } from "@apollo/server";
 * declare const server: ApolloServer<AccessTokenContext>;
 * const authenticate = requireAccessToken({ verifier });
 * await startStandaloneServer(server, { context: ({ req }) => authenticate(req) });
 *
 * @returns a function of a request that throws a GraphQLError, and any error that is no answer to a token
 * @throws TypeError for options that are not usable
 */
export function requireAccessToken<
  Request extends GraphQLRequest,
  const Requirement extends AccessTokenRequirement<Request> = AccessTokenRequirement<Request>,
>(
  requirement: Requirement & AccessTokenRequirement<Request>,
): (request: Request) => Promise<ContextOf<Requirement, AccessTokenContext>> {
  return contextFunction(accessTokenAuthentication(requirement), requirement) as never;
}

/**
 * As `requireAccessToken`, for the session JWTs of members.
 *
 * @example
 * const authenticate = requireSession({ verifier });
 * const context = async ({ request }: { request: Request }) => authenticate(request);
 *
 * @throws TypeError for options that are not usable
 */
export function requireSession<const Requirement extends TokenRequirement>(
  requirement: Requirement,
): (request: GraphQLRequest) => Promise<ContextOf<Requirement, SessionContext>> {
  return contextFunction(sessionAuthentication(requirement), requirement) as never;
}

function contextFunction<Request extends GraphQLRequest>(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<Request>,
): (request: Request) => Promise<Authenticated> {
  const authorize = authorization(authenticate, requirement);
  return async (request) => {
    const certificate = requirement.clientCertificate?.(request);
    const { authenticated, answer } = await authorize(httpRequest(request, certificate));
    if (answer) throw requestError(answer);
    return authenticated;
  };
}
