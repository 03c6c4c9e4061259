import type { AuditLog, TokensIssued } from "../audit/audit-log.js";
import { WriteBehind } from "../shared/write-behind.js";

/**
 * Which client got tokens when, and from where. A token does not wait for it: what one client gets
 * from one address within a few seconds becomes one event, and is stored then.
 */
export class TokenAudit {
  readonly #issued: WriteBehind<TokensIssued>;

  constructor(private readonly auditLog: AuditLog) {
    this.#issued = new WriteBehind(
      (older, newer) => ({ ...newer, count: older.count + newer.count }),
      (issued) => this.auditLog.recordTokens(issued),
    );
  }

  note(issued: Omit<TokensIssued, "count">): void {
    const { projectId, clientId, ipAddress } = issued;
    this.#issued.add([projectId, clientId, ipAddress].join("\n"), { ...issued, count: 1 });
  }

  /** @returns how many tokens have left no event since the last time, because too many were pending */
  async flush(): Promise<number> {
    await this.#issued.flush();
    return this.#issued.takeLost();
  }
}
