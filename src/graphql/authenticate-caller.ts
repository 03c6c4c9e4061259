import type { FastifyRequest } from "fastify";
import type { RequestContext } from "../graphql-types/current-caller.js";
import type { ManagementKeyAuthenticator } from "../projects/management-key-authenticator.js";
import { parseBasic, parseBearer, passwordForms } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { BearerAuthenticator } from "../tokens/bearer-authenticator.js";

export interface CallerServices {
  managementKeyAuthenticator: ManagementKeyAuthenticator;
  bearerAuthenticator: BearerAuthenticator;
}

/** Creates the context of a GraphQL request. The caller is authenticated on first use. */
export function requestContext(request: FastifyRequest, services: CallerServices): RequestContext {
  const { authorization } = request.headers;
  const source: RequestSource = { requestId: request.id, ipAddress: request.ip };
  let caller: Promise<Caller> | undefined;
  return {
    source,
    hasCredentials: authorization !== undefined,
    authenticate: () => {
      caller ??= authenticateCaller(authorization ?? "", source, services);
      return caller;
    },
  };
}

/** Accepts HTTP Basic (RFC 7617) with project id and management secret, or an access token (RFC 6750). */
async function authenticateCaller(
  authorization: string,
  source: RequestSource,
  { managementKeyAuthenticator, bearerAuthenticator }: CallerServices,
): Promise<Caller> {
  const basic = parseBasic(authorization);
  if (basic) {
    const secretForms = passwordForms(basic.password);
    return managementKeyAuthenticator.authenticate(basic.user, secretForms, source);
  }
  const token = parseBearer(authorization);
  if (token) return bearerAuthenticator.authenticate(token, source);
  throw new CountersignError(
    "UNAUTHENTICATED",
    "Authenticate with HTTP Basic (project id and management secret) or a Bearer access token",
  );
}
