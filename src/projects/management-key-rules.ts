import { z } from "zod";
import { badUserInput } from "../shared/errors.js";
import { PERMISSIONS, type Permission } from "../shared/permissions.js";
import {
  expectedVersion,
  idempotencyKey,
  idToLookUp,
  singleLine,
  timestamp,
} from "../shared/validation.js";
import type { ManagementKey } from "./management-key.entity.js";

export interface NewManagementKey {
  name: string;
  permissions: Permission[];
  expiresAt?: Date | null;
  idempotencyKey?: string | null;
}

/** Takes permissions away, never adds some; ends the key earlier, never later. */
export interface ManagementKeyChange {
  managementKeyId: string;
  name?: string | null;
  permissions?: Permission[] | null;
  expiresAt?: Date | null;
  expectedVersion?: number | null;
}

const permissions = z
  .array(z.enum(PERMISSIONS, "Must be a permission, such as clients:read"))
  .min(1, "Must name at least one permission")
  .transform((list) => [...new Set(list)]);

export const newKeyRules = z.object({
  name: singleLine(1, 128),
  permissions,
  expiresAt: timestamp.nullish(),
  idempotencyKey,
});

export const changeRules = z.object({
  managementKeyId: idToLookUp,
  name: singleLine(1, 128).optional(),
  permissions: permissions.optional(),
  expiresAt: timestamp.optional(),
  expectedVersion,
});

/** @throws BAD_USER_INPUT for a permission that the key does not have, and for a later expiry */
export function assertNarrower(
  key: ManagementKey,
  { permissions = [], expiresAt }: Pick<ManagementKeyChange, "permissions" | "expiresAt">,
  now: Date,
): void {
  const added = (permissions ?? []).findIndex((name) => !key.permissions.includes(name));
  if (added >= 0) {
    throw badUserInput(
      ["input", "permissions", added],
      "Must be a permission that the key has: create another key for more",
    );
  }
  if (!expiresAt || expiresAt.getTime() === key.expiresAt?.getTime()) return;
  if (expiresAt <= now) {
    throw badUserInput(
      ["input", "expiresAt"],
      "Must be in the future: delete the key to end it now",
    );
  }
  if (key.expiresAt && expiresAt > key.expiresAt) {
    throw badUserInput(
      ["input", "expiresAt"],
      "Must not be later than it is: create another key that lasts longer",
    );
  }
}
