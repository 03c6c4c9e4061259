import type { FastifyRequest } from "fastify";
import type { ManagementKeyService } from "../projects/management-key.service.js";
import { parseBasic, parseBearer } from "../shared/authorization-header.js";
import type { Caller, Origin } from "../shared/caller.js";
import type { RequestContext } from "../shared/current-caller.js";
import { CountersignError } from "../shared/errors.js";
import type { TokenCallers } from "../tokens/token-callers.js";

interface CallerServices {
  managementKeys: ManagementKeyService;
  tokenCallers: TokenCallers;
}

/** Who calls is looked up when first needed. */
export function requestContext(request: FastifyRequest, services: CallerServices): RequestContext {
  const { authorization } = request.headers;
  const origin: Origin = { requestId: request.id, ipAddress: request.ip };
  let caller: Promise<Caller> | undefined;
  return {
    origin,
    hasCredentials: authorization !== undefined,
    authenticate: () => {
      caller ??= authenticateCaller(authorization ?? "", origin, services);
      return caller;
    },
  };
}

/** HTTP Basic (RFC 7617) with project id and management key, or an access token (RFC 6750). */
async function authenticateCaller(
  authorization: string,
  origin: Origin,
  { managementKeys, tokenCallers }: CallerServices,
): Promise<Caller> {
  const basic = parseBasic(authorization);
  if (basic) return managementKeys.authenticate(basic.user, basic.password, origin);
  const token = parseBearer(authorization);
  if (token) return tokenCallers.authenticate(token, origin);
  throw new CountersignError(
    "UNAUTHENTICATED",
    "Send the project id and a management key as HTTP Basic authorization",
  );
}
