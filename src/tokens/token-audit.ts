import type { AuditLog, TokensIssued } from "../audit/audit-log.js";
import { WriteBehind } from "../persistence/write-behind.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";

/**
 * Records in the audit log which client got tokens, when and from which address. Issuing a token does
 * not wait for the write: the tokens of a client and address within a few seconds become one event.
 */
export class TokenAudit {
  readonly #issued: WriteBehind<TokensIssued>;

  constructor(
    private readonly auditLog: AuditLog,
    private readonly projects: ProjectStore,
  ) {
    this.#issued = new WriteBehind(
      (older, newer) => {
        newer.count += older.count;
        return newer;
      },
      (issued) => this.#write(issued),
    );
  }

  record(
    { requestId, ipAddress }: RequestSource,
    projectId: string,
    clientId: string,
    jti: string,
    occurredAt: Date,
  ): void {
    // Property by property, since a spread costs as much as the rest of this method.
    const issued = { requestId, ipAddress, projectId, clientId, jti, count: 1, occurredAt };
    this.#issued.add(`${projectId}\n${clientId}\n${ipAddress}`, issued);
  }

  /** Leaves out projects that have been deleted since, whose ids a new project may have. */
  async #write(issued: TokensIssued[]): Promise<void> {
    const existing = await this.projects.existing(issued.map(({ projectId }) => projectId));
    await this.auditLog.recordTokens(issued.filter(({ projectId }) => existing.has(projectId)));
  }

  /** @returns the number of tokens since the last flush that are in no event: too many were pending */
  async flush(): Promise<number> {
    await this.#issued.flush();
    return this.#issued.takeDropped();
  }
}
