import {
  type AuditLog,
  CLIENTS_VERIFIED,
  type ClientActivity,
  TOKENS_ISSUED,
} from "../audit/audit-log.js";
import { WriteBehind } from "../persistence/write-behind.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";

const HOUR_MS = 3_600_000;

/**
 * Records in the audit log which client got tokens or was verified without one, when and from which address. No
 * request waits for the write. What a client does within an hour, from one network, becomes one event (ADR 0022).
 */
export class TokenAudit {
  readonly #activity: WriteBehind<ClientActivity>;

  constructor(
    private readonly auditLog: AuditLog,
    private readonly projects: ProjectStore,
  ) {
    this.#activity = new WriteBehind(
      (older, newer) => {
        newer.count += older.count;
        return newer;
      },
      (activities) => this.#write(activities),
    );
  }

  record(
    source: RequestSource,
    projectId: string,
    clientId: string,
    jti: string,
    occurredAt: Date,
  ): void {
    this.#add(TOKENS_ISSUED, source, projectId, clientId, jti, occurredAt);
  }

  recordVerification(
    source: RequestSource,
    projectId: string,
    clientId: string,
    occurredAt: Date,
  ): void {
    this.#add(CLIENTS_VERIFIED, source, projectId, clientId, clientId, occurredAt);
  }

  #add(
    action: ClientActivity["action"],
    { requestId, ipAddress }: RequestSource,
    projectId: string,
    clientId: string,
    targetId: string,
    occurredAt: Date,
  ): void {
    // Property by property, since a spread costs as much as the rest of this method.
    const activity = {
      action,
      requestId,
      ipAddress,
      projectId,
      clientId,
      targetId,
      count: 1,
      occurredAt,
    };
    const hour = Math.floor(occurredAt.getTime() / HOUR_MS);
    this.#activity.add(`${projectId}\n${clientId}\n${ipAddress}\n${hour}\n${action}`, activity);
  }

  /** Leaves out activity in projects that have been deleted since, also where a new one has the id. */
  async #write(activities: ClientActivity[]): Promise<void> {
    const projectIds = activities.map(({ projectId }) => projectId);
    const creations = await this.projects.creationTimes(projectIds);
    const existing = activities.filter(({ projectId, occurredAt }) => {
      const createdAt = creations.get(projectId);
      return createdAt !== undefined && createdAt <= occurredAt;
    });
    await this.auditLog.recordClientActivity(existing);
  }

  /** @returns the number of occurrences since the last flush that are in no event: too many were pending */
  async flush(): Promise<number> {
    await this.#activity.flush();
    return this.#activity.takeDropped();
  }
}
