import { AuditLog } from "../audit/audit-log.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { systemCaller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { Backup } from "./backup.entity.js";
import type { Manifest } from "./manifest.js";

/** Records in the database that a backup of it was made, or that it was made of one. */
export class BackupLog {
  readonly #auditLog: AuditLog;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {
    this.#auditLog = new AuditLog(unitOfWork, clock);
  }

  async created(
    { backupId, createdAt }: Manifest,
    { isEncrypted }: { isEncrypted: boolean },
  ): Promise<void> {
    const backup = { backupId, createdAt: new Date(createdAt), isEncrypted, restoredAt: null };
    await this.#record({ backup, action: "backup.create" });
  }

  async restored({ backupId, createdAt }: Manifest): Promise<void> {
    const restoredAt = this.clock.now();
    const backup = { backupId, createdAt: new Date(createdAt), isEncrypted: false, restoredAt };
    await this.#record({ backup, action: "backup.restore" });
  }

  async #record({
    backup,
    action,
  }: {
    backup: Backup;
    action: "backup.create" | "backup.restore";
  }) {
    await this.unitOfWork.write(async (manager) => {
      await manager.save(Backup, backup);
      const project = await manager.findOneBy(Project, { isFirst: true });
      // Backups are the whole server's: its operators hold keys of the first project.
      if (!project) return;
      const change = { action, targetId: backup.backupId };
      await this.#auditLog.record(systemCaller(project.projectId), change);
    });
  }
}
