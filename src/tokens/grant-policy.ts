import { type Client, GRANT_TYPES } from "../clients/client.entity.js";
import { CountersignError } from "../shared/errors.js";

/**
 * Holds for grants in which the client authenticates with credentials of its own.
 * @param grantType as in a token request (RFC 6749 section 4)
 * @throws UNAUTHORIZED_CLIENT
 */
export function assertGrantAllowed(client: Pick<Client, "grantTypes">, grantType: string): void {
  if (client.grantTypes.some((name) => GRANT_TYPES[name] === grantType)) return;
  throw new CountersignError("UNAUTHORIZED_CLIENT", "The client may not use this grant type");
}
