import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { WorkloadIdentity } from "../../trusted-auth/workload-identity.js";
import type { Grant } from "./grant.js";
import { parseAccessRequest } from "./token-request-parameters.js";

/** RFC 7523 section 2.1: a trusted issuer's JWT identifies a client of the project. */
export function jwtBearerGrant(issuer: TokenIssuer, workloadIdentity: WorkloadIdentity): Grant {
  return {
    grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    identifyClient: async ({ project, parameters, clientId }) =>
      workloadIdentity.identify(project.projectId, parameters.require("assertion"), clientId),
    handle: async (request) =>
      issuer.issue(
        request.context,
        parseAccessRequest(request),
        request.source,
        request.consumeCredential,
      ),
  };
}
