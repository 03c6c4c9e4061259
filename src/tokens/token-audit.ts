import type { AuditLog, TokensIssued } from "../audit/audit-log.js";
import { WriteBehind } from "../persistence/write-behind.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";

const HOUR_MS = 3_600_000;

/**
 * Records in the audit log which client got tokens, when and from which address. Issuing a token does
 * not wait for the write. The tokens of a client within an hour, from one network, become one event.
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
    const hour = Math.floor(occurredAt.getTime() / HOUR_MS);
    this.#issued.add(`${projectId}\n${clientId}\n${ipAddress}\n${hour}`, issued);
  }

  /** Leaves out tokens of projects that have been deleted since, also where a new one has the id. */
  async #write(issued: TokensIssued[]): Promise<void> {
    const creations = await this.projects.creationTimes(issued.map(({ projectId }) => projectId));
    const existing = issued.filter(({ projectId, occurredAt }) => {
      const createdAt = creations.get(projectId);
      return createdAt !== undefined && createdAt <= occurredAt;
    });
    await this.auditLog.recordTokens(existing);
  }

  /** @returns the number of tokens since the last flush that are in no event: too many were pending */
  async flush(): Promise<number> {
    await this.#issued.flush();
    return this.#issued.takeDropped();
  }
}
