import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { Grant } from "./grant.js";
import { parseAccessRequest } from "./token-request-parameters.js";

/** The client credentials grant (RFC 6749 section 4.4). */
export function clientCredentialsGrant(issuer: TokenIssuer): Grant {
  return {
    grantType: "client_credentials",
    handle: async (request) =>
      issuer.issue(request.context, parseAccessRequest(request), request.source),
  };
}
