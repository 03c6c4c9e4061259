import type { TokenIssuer } from "../../tokens/token-issuer.js";
import type { WorkloadIdentity } from "../../trusted-auth/workload-identity.js";
import { clientCredentialsGrant } from "./client-credentials.grant.js";
import type { Grant } from "./grant.js";
import { jwtBearerGrant } from "./jwt-bearer.grant.js";
import { tokenExchangeGrant } from "./token-exchange.grant.js";

/** All grants of the token endpoint, which the metadata document lists too. */
export function createGrants(services: {
  tokenIssuer: TokenIssuer;
  workloadIdentity: WorkloadIdentity;
}): readonly Grant[] {
  const { tokenIssuer, workloadIdentity } = services;
  return [
    clientCredentialsGrant(tokenIssuer),
    tokenExchangeGrant(tokenIssuer, workloadIdentity),
    jwtBearerGrant(tokenIssuer, workloadIdentity),
  ];
}
