import type { ClientReach } from "../shared/client-reach.js";
import type { Client } from "./client.entity.js";

/**
 * Guards clients that have permissions on this server (ADR 0019): a function of the client grants, which
 * rank higher than clients.
 */
export interface ClientAuthority {
  /**
   * Checks that a caller may act as a client, which a new credential of the client lets it do. Must run with
   * the client locked, so that no permission is granted meanwhile.
   * @throws FORBIDDEN if the client has permissions that the caller lacks, or ends later than the caller
   */
  assertMayActAs(
    reach: ClientReach,
    client: Client,
    path?: readonly (string | number)[],
  ): Promise<void>;

  /**
   * Checks that a client may end as late as it now does.
   * @throws PRECONDITION_FAILED if somebody who ends earlier has made a credential of the client
   */
  assertMayLast(client: Client): Promise<void>;
}
