import type { TokenIssuer } from "../../tokens/token-issuer.js";
import { accessRequestOf } from "./access-request.js";
import type { Grant } from "./grant.js";

/** RFC 6749 section 4.4. */
export function clientCredentialsGrant(issuer: TokenIssuer): Grant {
  return {
    grantType: "client_credentials",
    handle: async (request) =>
      issuer.issue(request.facts, accessRequestOf(request), request.origin),
  };
}
