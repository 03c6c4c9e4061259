import type { MetadataContext, MetadataContextLoader } from "../apis/metadata-context.js";
import { SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import { DPOP_ALGORITHMS } from "../tokens/dpop-proofs.js";
import { CLIENT_ASSERTION_ALGORITHMS } from "./client-authentication/client-assertion.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import type { Grant } from "./grants/grant.js";
import { sendProjectNotFound } from "./oauth-error.js";
import type { PublicEndpoint } from "./oauth-request.js";

export interface MetadataEndpointServices {
  metadataContexts: MetadataContextLoader;
  grants: readonly Grant[];
  authenticationMethods: readonly ClientAuthenticationMethod[];
}

/** RFC 8414 section 2, with the members that OpenID Connect Discovery requires. */
export function metadataEndpoint(services: MetadataEndpointServices): PublicEndpoint {
  return async (projectRef, reply) => {
    const context = await services.metadataContexts.load(projectRef);
    if (!context) return sendProjectNotFound(reply);
    return reply.header("cache-control", "public, max-age=300").send(metadata(services, context));
  };
}

function metadata(
  { grants, authenticationMethods }: MetadataEndpointServices,
  { issuer, scopes }: MetadataContext,
) {
  const base = issuer.replace(/\/$/, "");
  const methods = authenticationMethods.map((method) => method.name);
  return {
    issuer,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    introspection_endpoint: `${base}/oauth/introspect`,
    revocation_endpoint: `${base}/oauth/revoke`,
    registration_endpoint: `${base}/oauth/register`,
    // RFC 8414 section 3.2 leaves out what is empty.
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    grant_types_supported: grants.map((grant) => grant.grantType),
    response_types_supported: [],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    introspection_signing_alg_values_supported: SIGNING_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    id_token_signing_alg_values_supported: SIGNING_ALGORITHMS,
  };
}
