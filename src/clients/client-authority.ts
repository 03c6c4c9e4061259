import type { Caller } from "../shared/caller.js";
import type { ClientReach } from "../shared/client-reach.js";
import type { HeldAuthority } from "../shared/held-authority.js";
import type { Client } from "./client.entity.js";

/**
 * Guards clients that have permissions on this server (ADR 0019), and those of owners (ADR 0029): a function of the
 * client grants, which rank higher than clients.
 */
export interface ClientAuthority {
  /**
   * Checks that a caller may act as a client, which a new credential of the client lets it do. Must run with
   * the client locked, so that no permission is granted meanwhile.
   * @throws FORBIDDEN if the client has permissions that the caller lacks, or ends later than the caller; for a caller
   *   with `own_clients:write` if the client holds anything that the caller does not (ADR 0029)
   */
  assertMayActAs(
    reach: ClientReach,
    client: Client,
    path?: readonly (string | number)[],
  ): Promise<void>;

  /**
   * Checks that those who made a client's credentials could have made them for what the client now is.
   * @throws PRECONDITION_FAILED if one of them ends earlier than the client, or could only manage another owner's
   */
  assertCredentialsSuffice(client: Client, path: readonly (string | number)[]): Promise<void>;

  /** Whether a client has been granted `own_clients:*` on this server. */
  managesOwnClients(client: Client): Promise<boolean>;

  /** @throws FORBIDDEN if such callers hold nothing */
  heldBy(caller: Caller): Promise<HeldAuthority>;

  /**
   * Checks that a caller with `own_clients:write` holds what it gives to a client (ADR 0029).
   * @param before the client before the change; null: it is new
   * @throws FORBIDDEN
   */
  assertMayPassOn(reach: ClientReach, before: Client | null, client: Client): Promise<void>;
}
