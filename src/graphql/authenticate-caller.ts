import type { IncomingHttpHeaders } from "node:http";
import type { ManagementKeyService } from "../projects/management-key.service.js";
import type { Caller, Origin } from "../shared/caller.js";
import type { RequestContext } from "../shared/current-caller.js";
import { CountersignError } from "../shared/errors.js";

/** HTTP Basic (RFC 7617) with project id and management key; looked up when first needed. */
export function requestContext(
  headers: IncomingHttpHeaders,
  origin: Origin,
  managementKeys: ManagementKeyService,
): RequestContext {
  const { authorization } = headers;
  let caller: Promise<Caller> | undefined;
  return {
    origin,
    hasCredentials: authorization !== undefined,
    authenticate: () => {
      caller ??= authenticateCaller(authorization, origin, managementKeys);
      return caller;
    },
  };
}

async function authenticateCaller(
  authorization: string | undefined,
  origin: Origin,
  managementKeys: ManagementKeyService,
): Promise<Caller> {
  const credentials = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? "")?.[1];
  const text = Buffer.from(credentials ?? "", "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1) {
    throw new CountersignError(
      "UNAUTHENTICATED",
      "Send the project id and a management key as HTTP Basic authorization",
    );
  }
  return managementKeys.authenticate(text.slice(0, colon), text.slice(colon + 1), origin);
}
