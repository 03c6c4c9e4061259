import { type Client, GRANT_TYPES } from "../clients/client.entity.js";
import { CountersignError } from "../shared/errors.js";

/**
 * Checks that the client may use a grant in which it authenticates with its own credentials.
 * @param grantType `grant_type` of a token request (RFC 6749 section 4)
 * @throws UNAUTHORIZED_CLIENT
 */
export function assertGrantAllowed(client: Pick<Client, "grantTypes">, grantType: string): void {
  if (client.grantTypes.some((name) => GRANT_TYPES[name] === grantType)) return;
  throw new CountersignError("UNAUTHORIZED_CLIENT", "The client may not use this grant type");
}
