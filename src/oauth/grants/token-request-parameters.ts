import { badUserInput } from "../../shared/errors.js";
import { idToLookUp, validate } from "../../shared/validation.js";
import { checkedParameters } from "../../tokens/request-parameters.js";
import type { AccessRequest } from "../../tokens/token-issuer.js";
import type { OAuthParameters } from "../oauth-parameters.js";
import type { GrantRequest } from "./grant.js";

/** `audience` is Auth0's name for RFC 8707's `resource`. */
export function requestedAudience(parameters: OAuthParameters): string | undefined {
  return parameters.get("audience") ?? parameters.get("resource");
}

/**
 * Reads the parameters that all grants share: audience, scopes and those that the claims template names.
 * @throws BAD_USER_INPUT
 */
export function parseAccessRequest({ parameters, dpopKeyThumbprint }: GrantRequest): AccessRequest {
  const audience = requestedAudience(parameters);
  if (audience !== (parameters.get("resource") ?? audience)) {
    throw badUserInput([], "audience and resource must be the same, or one of them absent");
  }
  return {
    audience: audience && validate(idToLookUp, audience, ["audience"]),
    scopes: parameters.scopes(),
    dpopKeyThumbprint,
    parameters: checkedParameters((name) => parameters.getUnknown(name)),
  };
}
