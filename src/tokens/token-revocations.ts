import type { Client } from "../clients/client.entity.js";
import { endTokens } from "../clients/client-change.js";
import { clientRef } from "../clients/client-rules.js";
import type { ClientRef, ClientStore } from "../clients/client-store.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import type { ClientReach } from "../shared/client-reach.js";
import { fromEpochSeconds } from "../shared/clock.js";
import { validate } from "../shared/validation.js";
import { RevokedToken } from "./revoked-token.entity.js";

/** Revokes single tokens by `jti`, or all tokens that a client has got so far. Checks no permissions. */
export class TokenRevocations {
  constructor(
    private readonly platform: Platform,
    private readonly clients: ClientStore,
  ) {}

  /** Revoking a revoked token again is no error (RFC 7009 section 2.2). */
  async revoke(caller: Caller, token: { jti: string; exp: number }): Promise<void> {
    const { projectId } = caller;
    const row = { projectId, jti: token.jti, expiresAt: fromEpochSeconds(token.exp) };
    await this.platform.unitOfWork.write(async (manager) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(RevokedToken)
        .values(row)
        .orIgnore()
        .execute();
      await this.platform.auditLog.record(caller, { action: "token.revoke", targetId: token.jti });
    });
  }

  /**
   * Revokes all tokens that the client has got so far.
   * @throws CLIENT_NOT_FOUND, VERSION_CONFLICT
   */
  async revokeAllForClient(reach: ClientReach, input: ClientRef): Promise<Client> {
    return this.clients.change(reach, validate(clientRef, input), "client.revokeTokens", (client) =>
      endTokens(client, this.platform.clock.now()),
    );
  }
}
