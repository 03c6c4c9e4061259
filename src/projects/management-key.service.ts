import type { EntityManager } from "typeorm";
import { applyChange } from "../persistence/apply-change.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertHolds, assertMayGrant, assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { assertEndsInTime } from "../shared/maker.js";
import {
  isFirstProjectPermission,
  PERMISSIONS,
  type Permission,
  PROJECT_PERMISSIONS,
} from "../shared/permissions.js";
import { generateSecret, hashSecret, lastFour } from "../shared/secrets.js";
import { idToLookUp, validate, validateChange } from "../shared/validation.js";
import { ManagementKey } from "./management-key.entity.js";
import { usablePermissions } from "./management-key-authenticator.js";
import {
  assertNarrower,
  changeRules,
  type ManagementKeyChange,
  type NewManagementKey,
  newKeyRules,
} from "./management-key-rules.js";
import { Project } from "./project.entity.js";
import type { ProjectStore } from "./project-store.js";

export interface CreatedManagementKey {
  managementKey: ManagementKey;
  /** Null if an idempotency key repeats the call, since the secret is shown only once. */
  secret: string | null;
}

/** Lists, creates, changes and deletes management keys. */
export class ManagementKeyService {
  constructor(
    private readonly platform: Platform,
    private readonly projects: ProjectStore,
  ) {}

  async find(caller: Caller, managementKeyId: string): Promise<ManagementKey | null> {
    assertPermitted(caller, "management_keys:read");
    const { batchedReads } = this.platform;
    return batchedReads.find(caller, ManagementKey, "managementKeyId", managementKeyId);
  }

  async list(caller: Caller, request: PageRequest): Promise<Page<ManagementKey>> {
    assertPermitted(caller, "management_keys:read");
    const { projectId } = caller;
    const query = this.platform.unitOfWork.read
      .createQueryBuilder(ManagementKey, "key")
      .where({ projectId });
    return keysetPage(query, request, {
      by: "createdAt",
      id: "managementKeyId",
      direction: "DESC",
    });
  }

  /**
   * @throws BAD_USER_INPUT; FORBIDDEN for a permission that the caller does not have, and for an expiry
   *   after the end of the caller's credential
   */
  async create(caller: Caller, input: NewManagementKey): Promise<CreatedManagementKey> {
    assertPermitted(caller, "management_keys:write");
    const newKey = validate(newKeyRules, input);
    if (newKey.expiresAt && newKey.expiresAt <= this.platform.clock.now()) {
      throw badUserInput(["input", "expiresAt"], "Must be in the future");
    }
    const missingIndex = newKey.permissions.findIndex(
      (permission) => !caller.permissions.has(permission),
    );
    const missing = newKey.permissions[missingIndex];
    const path = ["input", "permissions", missingIndex];
    if (isFirstProjectPermission(missing)) {
      throw new CountersignError(
        "FORBIDDEN",
        `Only keys of the first project with the permission ${missing} can grant it, and only there`,
        { path },
      );
    }
    assertMayGrant(caller, newKey.permissions, path);
    const remedy = "let the key end by then, or use a credential that lasts longer";
    assertEndsInTime(caller, newKey.expiresAt, ["input", "expiresAt"], remedy);
    const { projectId } = caller;
    return this.platform.idempotency.run<CreatedManagementKey>(
      { projectId, operation: "createManagementKey", key: newKey.idempotencyKey, input: newKey },
      async (recordResult) => {
        const secret = generateSecret("cmk");
        const managementKey = await this.platform.unitOfWork.write(async () => {
          const key = await this.insert(caller, { ...newKey, secret });
          await recordResult(key.managementKeyId);
          return key;
        });
        return { managementKey, secret };
      },
      async (managementKeyId) => ({
        managementKey: await this.#get(projectId, managementKeyId),
        secret: null,
      }),
    );
  }

  /** Stores a key whose secret the caller has chosen. Must be called within a unit of work. */
  async insert(
    caller: Caller,
    input: {
      name: string;
      permissions: readonly Permission[];
      expiresAt?: Date | null | undefined;
      secret: string;
    },
  ): Promise<ManagementKey> {
    assertPermitted(caller, "management_keys:write");
    const now = this.platform.clock.now();
    const key = Object.assign(new ManagementKey(), {
      managementKeyId: newId("key"),
      projectId: caller.projectId,
      name: input.name,
      permissions: [...input.permissions],
      secretHash: hashSecret(input.secret),
      lastFour: lastFour(input.secret),
      createdAt: now,
      updatedAt: now,
      version: 1,
      lastUsedAt: null,
      expiresAt: input.expiresAt ?? null,
    });
    await this.platform.unitOfWork.activeManager.insert(ManagementKey, key);
    await this.platform.auditLog.record(caller, {
      action: "managementKey.create",
      targetId: key.managementKeyId,
    });
    return key;
  }

  /**
   * @throws BAD_USER_INPUT, MANAGEMENT_KEY_NOT_FOUND, VERSION_CONFLICT; FORBIDDEN for a key with permissions
   *   that the caller does not have; PRECONDITION_FAILED for the last key that has all permissions and never
   *   expires
   */
  async update(caller: Caller, input: ManagementKeyChange): Promise<ManagementKey> {
    assertPermitted(caller, "management_keys:write");
    const { managementKeyId, expectedVersion, ...patch } = validateChange(changeRules, input);
    const now = this.platform.clock.now();
    return this.platform.unitOfWork.write(async (manager) => {
      const { key, others } = await this.#lock(manager, caller, managementKeyId);
      assertVersion(key.version, expectedVersion);
      assertNarrower(key, patch, now);
      const isChanged = await applyChange(key, now, (loaded) => {
        Object.assign(loaded, patch);
      });
      if (!isChanged) return key;
      await this.#assertRootKeyStays(caller.projectId, [...others, key]);
      const { managementKeyId: _, ...columns } = key;
      await manager.update(ManagementKey, { managementKeyId }, columns);
      await this.platform.auditLog.record(caller, {
        action: "managementKey.update",
        targetId: managementKeyId,
      });
      return key;
    });
  }

  /**
   * @throws MANAGEMENT_KEY_NOT_FOUND; FORBIDDEN for a key with permissions that the caller does not
   *   have; PRECONDITION_FAILED for the last key that has all permissions and never expires
   */
  async delete(caller: Caller, managementKeyId: string): Promise<string> {
    assertPermitted(caller, "management_keys:write");
    validate(idToLookUp, managementKeyId, ["input", "managementKeyId"]);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      const { others } = await this.#lock(manager, caller, managementKeyId);
      await this.#assertRootKeyStays(projectId, others);
      await manager.delete(ManagementKey, { managementKeyId, projectId });
      await this.platform.auditLog.record(caller, {
        action: "managementKey.delete",
        targetId: managementKeyId,
      });
    });
    return managementKeyId;
  }

  /** Finds a key that the caller may change, and the project's other keys. */
  async #lock(manager: EntityManager, caller: Caller, managementKeyId: string) {
    const { projectId } = caller;
    // The lock keeps two concurrent changes from each counting the other's key as the one that stays.
    await this.platform.unitOfWork.findForUpdate(Project, { projectId });
    const keys = await manager.findBy(ManagementKey, { projectId });
    const key = keys.find((candidate) => candidate.managementKeyId === managementKeyId);
    if (!key) throw notFound();
    const permissions = await usablePermissions(this.projects, key);
    assertHolds(caller, permissions, "The caller must itself have every permission of the key");
    return { key, others: keys.filter((candidate) => candidate !== key) };
  }

  /** @throws PRECONDITION_FAILED */
  async #assertRootKeyStays(projectId: string, keys: readonly ManagementKey[]): Promise<void> {
    const isFirst = projectId === (await this.projects.defaultProjectId());
    const all = isFirst ? PERMISSIONS : PROJECT_PERMISSIONS;
    const isRootKey = ({ expiresAt, permissions }: ManagementKey) =>
      expiresAt === null && all.every((permission) => permissions.includes(permission));
    if (keys.some(isRootKey)) return;
    throw new CountersignError(
      "PRECONDITION_FAILED",
      "The project must keep a key that has all permissions and never expires",
    );
  }

  async #get(projectId: string, managementKeyId: string): Promise<ManagementKey> {
    const key = await this.platform.unitOfWork.read.findOneBy(ManagementKey, {
      projectId,
      managementKeyId,
    });
    if (!key) throw notFound();
    return key;
  }
}

function notFound() {
  return new CountersignError("MANAGEMENT_KEY_NOT_FOUND", "No such management key");
}
