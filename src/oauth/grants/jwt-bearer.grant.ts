import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { WorkloadIdentity } from "../../trusted-auth/workload-identity.js";
import { accessRequestOf } from "./access-request.js";
import type { Grant } from "./grant.js";

/** RFC 7523 section 2.1: a JWT of a trusted issuer, which speaks for a client of ours. */
export function jwtBearerGrant(issuer: TokenIssuer, workloads: WorkloadIdentity): Grant {
  return {
    grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    identifyClient: async ({ project, parameters, clientId }) =>
      workloads.identify(project.projectId, parameters.require("assertion"), clientId),
    handle: async (request) =>
      issuer.issue(request.facts, accessRequestOf(request), request.origin, request.useUp),
  };
}
