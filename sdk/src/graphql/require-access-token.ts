import {
  type Authenticate,
  type Authenticated,
  accessTokenAuthentication,
  authorization,
  sessionAuthentication,
} from "../http/authorize.js";
import type { AccessTokenRequirement, TokenRequirement } from "../http/requirement.js";
import type { Audience } from "../register.js";
import type { VerifiedAccessToken, VerifiedSession } from "../verify/verified.js";
import { type GraphQLRequest, httpRequest } from "./graphql-request.js";
import { requestError } from "./token-errors.js";

/** A part of the context of resolvers. */
export interface AccessTokenContext<A extends Audience = Audience> {
  accessToken: VerifiedAccessToken<A>;
}

/** As `AccessTokenContext`, of requests that may come without an access token. */
export type OptionalContext = Authenticated;

/** A part of the context of resolvers. */
export interface SessionContext {
  memberSession: VerifiedSession;
}

/** Every request that passes has a token of the kind. */
interface Mandatory {
  optional?: false;
  sessions?: false;
}

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
export function requireAccessToken<A extends Audience = Audience>(
  requirement: AccessTokenRequirement<GraphQLRequest, A> & Mandatory,
): (request: GraphQLRequest) => Promise<AccessTokenContext<A>>;
export function requireAccessToken<A extends Audience = Audience>(
  requirement: AccessTokenRequirement<GraphQLRequest, A>,
): (request: GraphQLRequest) => Promise<OptionalContext>;
export function requireAccessToken(
  requirement: AccessTokenRequirement<GraphQLRequest>,
): (request: GraphQLRequest) => Promise<OptionalContext> {
  return contextFunction(accessTokenAuthentication(requirement), requirement);
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
export function requireSession(
  requirement: TokenRequirement & Mandatory,
): (request: GraphQLRequest) => Promise<SessionContext>;
export function requireSession(
  requirement: TokenRequirement,
): (request: GraphQLRequest) => Promise<OptionalContext>;
export function requireSession(
  requirement: TokenRequirement,
): (request: GraphQLRequest) => Promise<OptionalContext> {
  return contextFunction(sessionAuthentication(requirement), requirement);
}

function contextFunction(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<GraphQLRequest>,
): (request: GraphQLRequest) => Promise<Authenticated> {
  const authorize = authorization(authenticate, requirement);
  return async (request) => {
    const certificate = requirement.clientCertificate?.(request);
    const { authenticated, answer } = await authorize(httpRequest(request, certificate));
    if (answer) throw requestError(answer);
    return authenticated;
  };
}
