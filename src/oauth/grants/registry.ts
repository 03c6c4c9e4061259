import type { TokenIssuer } from "../../tokens/token-issuer.js";
import { clientCredentialsGrant } from "./client-credentials.grant.js";
import type { Grant } from "./grant.js";

/** Every grant of the token endpoint; the metadata lists them too. */
export function createGrants(services: { tokenIssuer: TokenIssuer }): readonly Grant[] {
  return [clientCredentialsGrant(services.tokenIssuer)];
}
