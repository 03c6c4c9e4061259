import type { AuditLog, TokensIssued } from "../audit/audit-log.js";
import { WriteBehind } from "../persistence/write-behind.js";
import type { RequestSource } from "../shared/caller.js";

/**
 * Which client got tokens when, and from where. A token does not wait for it: what one client gets
 * from one address within a few seconds becomes one event, and is stored then.
 */
export class TokenAudit {
  readonly #issued: WriteBehind<TokensIssued>;

  constructor(private readonly auditLog: AuditLog) {
    this.#issued = new WriteBehind(
      (older, newer) => {
        newer.count += older.count;
        return newer;
      },
      (issued) => this.auditLog.recordTokens(issued),
    );
  }

  record(
    { requestId, ipAddress }: RequestSource,
    projectId: string,
    clientId: string,
    jti: string,
    occurredAt: Date,
  ): void {
    // Property by property: to spread an object costs as much as all the rest.
    const issued = { requestId, ipAddress, projectId, clientId, jti, count: 1, occurredAt };
    this.#issued.add(`${projectId}\n${clientId}\n${ipAddress}`, issued);
  }

  /** @returns how many tokens have left no event since the last time, because too many were pending */
  async flush(): Promise<number> {
    await this.#issued.flush();
    return this.#issued.takeDropped();
  }
}
