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
  permissions: string[];
  expiresAt?: Date | null;
  idempotencyKey?: string | null;
}

/** The secret is null when an idempotency key replays the creation: it is shown once. */
export interface CreatedManagementKey {
  managementKey: ManagementKey;
  secret: string | null;
}

const newKeyRules = z.object({
  name: singleLine(1, 128),
  permissions: z
    .array(z.enum(PERMISSIONS, "Not a permission"))
    .min(1, "Must name at least one permission")
    .transform((list) => [...new Set(list)]),
  expiresAt: timestamp.nullish(),
  idempotencyKey,
});

export class ManagementKeyService {
  readonly lastUsed: LastUsedTracker<ManagementKey>;

  constructor(private readonly platform: Platform) {
    this.lastUsed = new LastUsedTracker(platform.unitOfWork, ManagementKey, "keyId");
  }

  /**
   * One answer for unknown project, wrong secret and expired key.
   * @throws UNAUTHENTICATED
   */
  async authenticate(projectId: string, secret: string, source: RequestSource): Promise<Caller> {
    const secretHash = hashSecret(secret);
    const key = await this.platform.unitOfWork.read.findOneBy(ManagementKey, { secretHash });
    const now = this.platform.clock.now();
    if (key?.projectId !== projectId || (key.expiresAt && key.expiresAt <= now)) {
      throw new CountersignError("UNAUTHENTICATED", "Unknown project or wrong secret");
    }
    this.lastUsed.touch({}, key.keyId, key.lastUsedAt, now);
    return {
      ...source,
      projectId,
      actor: { type: "MANAGEMENT_KEY", id: key.keyId },
      permissions: new Set(key.permissions),
    };
  }

  async list(caller: Caller, request: PageRequest): Promise<Page<ManagementKey>> {
    assertPermitted(caller, "management_keys:read");
    const { projectId } = caller;
    const query = this.platform.unitOfWork.read
      .createQueryBuilder(ManagementKey, "key")
      .where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "keyId", direction: "DESC" });
  }

  /** @throws BAD_USER_INPUT; FORBIDDEN for a permission that the caller does not have */
  async create(caller: Caller, input: NewManagementKey): Promise<CreatedManagementKey> {
    assertPermitted(caller, "management_keys:write");
    const rules = validate(newKeyRules, input);
    if (rules.expiresAt && rules.expiresAt <= this.platform.clock.now()) {
      throw badUserInput(["input", "expiresAt"], "Must be in the future");
    }
    const missing = rules.permissions.findIndex((one) => !caller.permissions.has(one));
    if (missing >= 0) {
      throw new CountersignError("FORBIDDEN", "A key can only pass on permissions of its own", {
        path: ["input", "permissions", missing],
      });
    }
    await this.#assertExpiresNoLater(caller, rules.expiresAt);
    const { projectId } = caller;
    return this.platform.idempotency.run<CreatedManagementKey>(
      { projectId, operation: "createManagementKey", key: rules.idempotencyKey, input: rules },
      async (recordResult) => {
        const secret = generateSecret("cmk");
        const managementKey = await this.platform.unitOfWork.write(async () => {
          const key = await this.insert(caller, { ...rules, secret });
          await recordResult(key.keyId);
          return key;
        });
        return { managementKey, secret };
      },
      async (keyId) => ({ managementKey: await this.#get(projectId, keyId), secret: null }),
    );
  }

  /** Stores a key of a known secret; part of a unit of work. */
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
      keyId: newId("key"),
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
      targetId: key.keyId,
    });
    return key;
  }

  /** @throws MANAGEMENT_KEY_NOT_FOUND; CONFLICT for the last key that could manage keys */
  async delete(caller: Caller, keyId: string): Promise<string> {
    assertPermitted(caller, "management_keys:write");
    validate(idToLookUp, keyId, ["input", "keyId"]);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      // Two deletions at once must not both see the other's key.
      await this.platform.unitOfWork.findForUpdate(Project, { projectId });
      const keys = await manager.findBy(ManagementKey, { projectId });
      const key = keys.find((candidate) => candidate.keyId === keyId);
      if (!key) throw notFound();
      if (!key.permissions.every((one) => caller.permissions.has(one))) {
        throw new CountersignError("FORBIDDEN", "It has permissions beyond the caller's own");
      }
      if (
        !keys.some((candidate) => candidate.keyId !== keyId && this.#hasAllPermissions(candidate))
      ) {
        throw new CountersignError("CONFLICT", "The last key that may do everything must stay");
      }
      await manager.delete(ManagementKey, { keyId, projectId });
      await this.platform.auditLog.record(caller, {
        action: "managementKey.delete",
        targetId: keyId,
      });
    });
    return keyId;
  }

  #hasAllPermissions(key: ManagementKey): boolean {
    return key.expiresAt === null && PERMISSIONS.every((one) => key.permissions.includes(one));
  }

  /** Nobody outlives what made it. */
  async #assertExpiresNoLater(caller: Caller, expiresAt: Date | null | undefined): Promise<void> {
    const callerKey = await this.platform.unitOfWork.read.findOneBy(ManagementKey, {
      keyId: caller.actor.id,
    });
    if (!callerKey?.expiresAt || (expiresAt && expiresAt <= callerKey.expiresAt)) return;
    throw new CountersignError(
      "FORBIDDEN",
      "A key that expires can only make keys that expire before",
      {
        path: ["input", "expiresAt"],
      },
    );
  }

  async #get(projectId: string, keyId: string): Promise<ManagementKey> {
    const key = await this.platform.unitOfWork.read.findOneBy(ManagementKey, { projectId, keyId });
    if (!key) throw notFound();
    return key;
  }
}

function notFound() {
  return new CountersignError("MANAGEMENT_KEY_NOT_FOUND", "No such management key");
}
