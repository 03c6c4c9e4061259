import { badUserInput } from "../../shared/errors.js";
import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { WorkloadIdentity } from "../../trusted-auth/workload-identity.js";
import type { OAuthParameters } from "../oauth-parameters.js";
import type { Grant } from "./grant.js";
import { parseAccessRequest } from "./token-request-parameters.js";

/** RFC 8693 section 3. */
const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";
const ACCESS_TOKEN = `${TOKEN_TYPE}access_token`;
/** A subject token is a JWT, whichever of these types the request names. */
const SUBJECT_TOKEN_TYPES = [`${TOKEN_TYPE}jwt`, `${TOKEN_TYPE}id_token`, ACCESS_TOKEN];

/** RFC 8693 section 2: a trusted issuer's token identifies a client of the project. */
export function tokenExchangeGrant(issuer: TokenIssuer, workloadIdentity: WorkloadIdentity): Grant {
  return {
    grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
    identifyClient: async ({ project, parameters, clientId }) => {
      const subjectToken = parameters.require("subject_token");
      assertSupportedTokenTypes(parameters);
      return workloadIdentity.identify(project.projectId, subjectToken, clientId);
    },
    handle: async (request) => {
      const token = await issuer.issue(
        request.context,
        parseAccessRequest(request),
        request.source,
        request.consumeCredential,
      );
      return { ...token, issuedTokenType: ACCESS_TOKEN };
    },
  };
}

function assertSupportedTokenTypes(parameters: OAuthParameters): void {
  const subjectTokenType = parameters.require("subject_token_type");
  if (!SUBJECT_TOKEN_TYPES.includes(subjectTokenType)) {
    throw badUserInput(["subject_token_type"], "This subject_token_type is not supported");
  }
  if ((parameters.get("requested_token_type") ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
    throw badUserInput(["requested_token_type"], "This requested_token_type is not supported");
  }
  for (const name of ["actor_token", "actor_token_type"] as const) {
    if (parameters.get(name) !== undefined) {
      throw badUserInput([name], "Actor tokens are not supported");
    }
  }
}
