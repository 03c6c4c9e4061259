import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { Platform } from "../platform/platform.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { isFirstProjectPermission, type Permission } from "../shared/permissions.js";
import { hashSecret } from "../shared/secrets.js";
import { ManagementKey } from "./management-key.entity.js";
import type { ProjectStore } from "./project-store.js";

/** Authenticates callers by a project's id and the secret of one of its management keys. */
export class ManagementKeyAuthenticator {
  readonly lastUsed: LastUsedTracker<ManagementKey>;

  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
  ) {
    this.lastUsed = new LastUsedTracker(platform.unitOfWork, ManagementKey, "managementKeyId");
  }

  /**
   * @throws UNAUTHENTICATED, the same for an unknown project, a wrong secret and an expired key
   */
  async authenticate(projectId: string, secret: string, source: RequestSource): Promise<Caller> {
    const secretHash = hashSecret(secret);
    const key = await this.platform.unitOfWork.read.findOneBy(ManagementKey, { secretHash });
    const now = this.platform.clock.now();
    if (key?.projectId !== projectId || (key.expiresAt && key.expiresAt <= now)) {
      throw new CountersignError("UNAUTHENTICATED", "Unknown project or wrong secret");
    }
    this.lastUsed.touch({}, key.managementKeyId, key.lastUsedAt, now);
    return {
      ...source,
      projectId,
      actor: { type: "MANAGEMENT_KEY", id: key.managementKeyId },
      permissions: new Set(await usablePermissions(this.projects, key)),
      expiresAt: key.expiresAt,
    };
  }
}

/** The key's permissions, without those that only keys of the first project can have. */
export async function usablePermissions(
  projects: ProjectStore,
  { projectId, permissions }: ManagementKey,
): Promise<Permission[]> {
  const isFirst = projectId === (await projects.defaultProjectId());
  return isFirst ? permissions : permissions.filter((name) => !isFirstProjectPermission(name));
}
