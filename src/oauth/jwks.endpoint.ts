import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { PublicEndpoint } from "./oauth-request.js";

/** RFC 7517 section 8.5.1 registers the media type. */
const JWK_SET = "application/jwk-set+json";

/** The keys that verify a project's tokens. The next key is in it well before it signs. */
export function jwksEndpoint({ signingKeys }: { signingKeys: SigningKeyService }): PublicEndpoint {
  return async (project, reply) => {
    const jwks = await signingKeys.jwks(project.projectId);
    return reply
      .header("content-type", JWK_SET)
      .header("cache-control", "public, max-age=300")
      .send(JSON.stringify(jwks));
  };
}
