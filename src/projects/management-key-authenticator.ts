import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { Platform } from "../platform/platform.js";
import { FAILED_MANAGEMENT_SECRETS, FAILED_SECRETS_PER_ADDRESS } from "../rate-limit/policies.js";
import type { Quota, RateLimiter } from "../rate-limit/rate-limiter.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { networkPrefix } from "../shared/network.js";
import { isFirstProjectPermission, type Permission } from "../shared/permissions.js";
import { hashSecret, isGeneratedSecret } from "../shared/secrets.js";
import { ManagementKey } from "./management-key.entity.js";
import type { ProjectStore } from "./project-store.js";

/** The columns of a management key that authentication reads. */
export const MANAGEMENT_KEY = {
  entity: ManagementKey,
  only: ["managementKeyId", "projectId", "permissions", "lastUsedAt", "expiresAt"],
} as const;

export type ManagementKeyRow = Pick<ManagementKey, (typeof MANAGEMENT_KEY.only)[number]>;

/** What a caller reads together with a management key. */
interface LoadedKey {
  /** Null: the project has no key with this secret. */
  managementKey: ManagementKeyRow | null;
}

/** Authenticates callers by a project's id and the secret of one of its management keys. */
export class ManagementKeyAuthenticator {
  readonly lastUsed: LastUsedTracker<ManagementKey>;
  readonly #read: PreparedRead<LoadedKey>;

  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
    private readonly rateLimiter: RateLimiter,
  ) {
    this.lastUsed = new LastUsedTracker(
      platform.unitOfWork,
      platform.clock,
      ManagementKey,
      "managementKeyId",
    );
    this.#read = new PreparedRead(
      "management-key",
      platform.unitOfWork.read.dataSource,
      { managementKey: MANAGEMENT_KEY },
      `FROM management_keys AS "managementKey" WHERE "managementKey".project_id = $1
        AND "managementKey".secret_hash IN ($2, $3)`,
    );
  }

  /** As `authenticateWith`, by a read of its own. @throws UNAUTHENTICATED, RATE_LIMITED */
  async authenticate(
    projectId: string,
    secretForms: readonly string[],
    source: RequestSource,
  ): Promise<Caller> {
    const load = async ([hash, otherHash]: readonly string[]) =>
      this.#read.first(projectId, hash ?? null, otherHash ?? null);
    return (await this.authenticateWith(projectId, secretForms, source, load)).caller;
  }

  /**
   * A generated secret cannot be guessed, so the right one always passes. One that a person chose gets the
   * answer of a wrong one while there are too many of those.
   * @param secretForms what the secret may be: one text or two; only one attempt
   * @param load reads the project's key by the hashes of these texts; it may have expired
   * @throws UNAUTHENTICATED, the same for an unknown project, a wrong secret and an expired key; RATE_LIMITED
   */
  async authenticateWith<Loaded extends LoadedKey>(
    projectId: string,
    secretForms: readonly string[],
    source: RequestSource,
    load: (hashes: readonly string[]) => Promise<Loaded | null>,
  ): Promise<{ caller: Caller; loaded: Loaded }> {
    const network = networkPrefix(source.ipAddress);
    const failures: Quota[] = [
      [FAILED_MANAGEMENT_SECRETS, projectId, network],
      [FAILED_SECRETS_PER_ADDRESS, "", network],
    ];
    const { rateLimiter } = this;
    if (!secretForms.some((secret) => isGeneratedSecret("cmk", secret))) {
      await rateLimiter.delayRejection(rateLimiter.assertAvailable(...failures));
    }
    const loaded = await load(secretForms.map(hashSecret));
    const key = loaded?.managementKey;
    const now = this.platform.clock.now();
    if (!loaded || !key || (key.expiresAt && key.expiresAt <= now)) {
      await rateLimiter.delayRejection(rateLimiter.consume(...failures));
      const explanation = await this.#explainRefusal(projectId, key);
      throw new CountersignError(
        "UNAUTHENTICATED",
        "Unknown project or wrong secret",
        {},
        { explanation },
      );
    }
    this.lastUsed.touch({}, key.managementKeyId, key.lastUsedAt, now);
    const caller: Caller = {
      ...source,
      projectId,
      actor: { type: "MANAGEMENT_KEY", id: key.managementKeyId },
      permissions: new Set(await usablePermissions(this.projects, key)),
      expiresAt: key.expiresAt,
      owner: null,
    };
    return { caller, loaded };
  }

  /** For the log, which does not contain what the caller sent. */
  async #explainRefusal(
    projectId: string,
    expired: ManagementKeyRow | null | undefined,
  ): Promise<string> {
    if (expired) return `The management key ${expired.managementKeyId} has expired`;
    return (await this.projects.find(projectId))
      ? "The project has no management key with this secret"
      : "There is no project with this id";
  }
}

/** The key's permissions, without those that only keys of the first project can have. */
export async function usablePermissions(
  projects: ProjectStore,
  { projectId, permissions }: Pick<ManagementKey, "projectId" | "permissions">,
): Promise<Permission[]> {
  const isFirst = projectId === (await projects.defaultProjectId());
  return isFirst ? permissions : permissions.filter((name) => !isFirstProjectPermission(name));
}
