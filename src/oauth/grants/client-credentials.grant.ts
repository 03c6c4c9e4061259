import { badUserInput } from "../../shared/errors.js";
import { lookupId, validate } from "../../shared/validation.js";
import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { Grant } from "./grant.js";

/** RFC 6749 section 4.4; `audience` is Auth0's name for RFC 8707's `resource`. */
export function clientCredentialsGrant(issuer: TokenIssuer): Grant {
  return {
    grantType: "client_credentials",
    handle: async ({ project, client, parameters, dpopKeyThumbprint }) => {
      const audience = parameters.get("audience");
      const resource = parameters.get("resource");
      if (audience !== undefined && resource !== undefined && audience !== resource) {
        throw badUserInput([], "audience and resource must be the same, or one of them absent");
      }
      return issuer.issue(project, client, {
        audience: validate(lookupId.optional(), audience ?? resource, ["audience"]),
        scopes: parameters.list("scope"),
        dpopKeyThumbprint,
      });
    },
  };
}
