import { z } from "zod";
import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller, type RequestSource } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import { PERMISSIONS, type Permission } from "../shared/permissions.js";
import { generateSecret, hashSecret, lastFour } from "../shared/secrets.js";
import {
  idempotencyKey,
  idToLookUp,
  singleLine,
  timestamp,
  validate,
} from "../shared/validation.js";
import { ManagementKey } from "./management-key.entity.js";
import { Project } from "./project.entity.js";

export interface NewManagementKey {
  name: string;
  permissions: Permission[];
  expiresAt?: Date | null;
  idempotencyKey?: string | null;
}

export interface CreatedManagementKey {
  managementKey: ManagementKey;
  /** Null if an idempotency key repeats the call, since the secret is shown only once. */
  secret: string | null;
}

const newKeyRules = z.object({
  name: singleLine(1, 128),
  permissions: z
    .array(z.enum(PERMISSIONS, "Must be a permission, such as clients:read"))
    .min(1, "Must name at least one permission")
    .transform((list) => [...new Set(list)]),
  expiresAt: timestamp.nullish(),
  idempotencyKey,
});

/** Authenticates, lists, creates and deletes management keys. */
export class ManagementKeyService {
  readonly lastUsed: LastUsedTracker<ManagementKey>;

  constructor(private readonly platform: Platform) {
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
      permissions: new Set(key.permissions),
    };
  }

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
   *   after the caller's own
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
    if (missingIndex >= 0) {
      throw new CountersignError(
        "FORBIDDEN",
        "The caller must itself have every permission that it grants",
        { path: ["input", "permissions", missingIndex] },
      );
    }
    await this.#assertExpiresNoLater(caller, newKey.expiresAt);
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
    const key = Object.assign(new ManagementKey(), {
      managementKeyId: newId("key"),
      projectId: caller.projectId,
      name: input.name,
      permissions: [...input.permissions],
      secretHash: hashSecret(input.secret),
      lastFour: lastFour(input.secret),
      createdAt: this.platform.clock.now(),
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
   * @throws MANAGEMENT_KEY_NOT_FOUND; FORBIDDEN for a key with permissions that the caller does not
   *   have; PRECONDITION_FAILED for the last key that has all permissions and never expires
   */
  async delete(caller: Caller, managementKeyId: string): Promise<string> {
    assertPermitted(caller, "management_keys:write");
    validate(idToLookUp, managementKeyId, ["input", "managementKeyId"]);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      // The lock keeps two concurrent deletions from each counting the other's key as the one that stays.
      await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      const keys = await manager.findBy(ManagementKey, { projectId });
      const key = keys.find((candidate) => candidate.managementKeyId === managementKeyId);
      if (!key) throw notFound();
      if (!key.permissions.every((permission) => caller.permissions.has(permission))) {
        throw new CountersignError(
          "FORBIDDEN",
          "The caller must itself have every permission of the key",
        );
      }
      const otherKeys = keys.filter((candidate) => candidate !== key);
      if (!otherKeys.some(isPermanentRootKey)) {
        throw new CountersignError(
          "PRECONDITION_FAILED",
          "The project must keep a key that has all permissions and never expires",
        );
      }
      await manager.delete(ManagementKey, { managementKeyId, projectId });
      await this.platform.auditLog.record(caller, {
        action: "managementKey.delete",
        targetId: managementKeyId,
      });
    });
    return managementKeyId;
  }

  /** A key that expires can create only keys that expire no later. */
  async #assertExpiresNoLater(caller: Caller, expiresAt: Date | null | undefined): Promise<void> {
    const callerKey = await this.platform.unitOfWork.read.findOneBy(ManagementKey, {
      managementKeyId: caller.actor.id,
    });
    if (!callerKey?.expiresAt || (expiresAt && expiresAt <= callerKey.expiresAt)) return;
    throw new CountersignError("FORBIDDEN", "Must not be after the expiry of the caller's key", {
      path: ["input", "expiresAt"],
    });
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

function isPermanentRootKey(key: ManagementKey): boolean {
  return (
    key.expiresAt === null &&
    PERMISSIONS.every((permission) => key.permissions.includes(permission))
  );
}

function notFound() {
  return new CountersignError("MANAGEMENT_KEY_NOT_FOUND", "No such management key");
}
