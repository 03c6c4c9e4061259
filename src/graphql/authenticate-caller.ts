import type { FastifyRequest } from "fastify";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ManagementKeyAuthenticator } from "../projects/management-key-authenticator.js";
import type { MemberAuthenticator } from "../sessions/member-authenticator.js";
import { claimsToBeSessionJwt } from "../sessions/unverified-session-jwt.js";
import { parseBasic, parseBearer, passwordForms } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { BearerAuthenticator } from "../tokens/bearer-authenticator.js";

export interface CallerServices {
  managementKeyAuthenticator: ManagementKeyAuthenticator;
  bearerAuthenticator: BearerAuthenticator;
  memberAuthenticator: MemberAuthenticator;
}

const HOW_TO_AUTHENTICATE =
  "Authenticate with HTTP Basic (project id and management secret) or a Bearer access token; a page of another origin with a Bearer token alone";

/**
 * Creates the context of a GraphQL request. The caller is authenticated on first use.
 * @param tokenOrigins origins whose pages may send a Bearer token, and nothing else
 */
export function requestContext(
  request: FastifyRequest,
  services: CallerServices,
  tokenOrigins: ReadonlySet<string>,
): RequestContext {
  const { authorization, origin = "" } = request.headers;
  const source: RequestSource = { requestId: request.id, ipAddress: request.ip };
  let caller: Promise<Caller> | undefined;
  return {
    source,
    hasCredentials: authorization !== undefined,
    authenticate: () => {
      const accept = tokenOrigins.has(origin) ? authenticateToken : authenticateCaller;
      caller ??= accept(authorization ?? "", source, services);
      return caller;
    },
  };
}

/**
 * Accepts HTTP Basic (RFC 7617) with project id and management secret, or a Bearer token.
 * @throws UNAUTHENTICATED, RATE_LIMITED
 */
async function authenticateCaller(
  authorization: string,
  source: RequestSource,
  services: CallerServices,
): Promise<Caller> {
  const basic = parseBasic(authorization);
  if (!basic) return authenticateToken(authorization, source, services);
  const secretForms = passwordForms(basic.password);
  return services.managementKeyAuthenticator.authenticate(basic.user, secretForms, source);
}

/**
 * Accepts an access token or a session JWT (RFC 6750).
 * @throws UNAUTHENTICATED, RATE_LIMITED
 */
async function authenticateToken(
  authorization: string,
  source: RequestSource,
  { bearerAuthenticator, memberAuthenticator }: CallerServices,
): Promise<Caller> {
  const token = parseBearer(authorization);
  if (!token) throw new CountersignError("UNAUTHENTICATED", HOW_TO_AUTHENTICATE);
  const authenticator = claimsToBeSessionJwt(token) ? memberAuthenticator : bearerAuthenticator;
  return authenticator.authenticate(token, source);
}
