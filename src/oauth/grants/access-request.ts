import { badUserInput } from "../../shared/errors.js";
import { lookupId, validate } from "../../shared/validation.js";
import type { AccessRequest } from "../../tokens/token-issuer.js";
import type { GrantRequest } from "./grant.js";

/**
 * What is asked for, in every grant alike; `audience` is Auth0's name for RFC 8707's `resource`.
 * @throws BAD_USER_INPUT
 */
export function accessRequestOf({ parameters, dpopKeyThumbprint }: GrantRequest): AccessRequest {
  const audience = parameters.get("audience");
  const resource = parameters.get("resource");
  if (audience !== undefined && resource !== undefined && audience !== resource) {
    throw badUserInput([], "audience and resource must be the same, or one of them absent");
  }
  return {
    audience: validate(lookupId.optional(), audience ?? resource, ["audience"]),
    scopes: parameters.list("scope"),
    dpopKeyThumbprint,
  };
}
