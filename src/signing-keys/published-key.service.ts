import { z } from "zod";
import { type PublicKeyText, publicKeyRule } from "../key-sets/key-source-rules.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { assertEndsInTime } from "../shared/maker.js";
import { idToLookUp, timestamp, validate } from "../shared/validation.js";
import { PublishedKey } from "./published-key.entity.js";
import { SigningKey } from "./signing-key.entity.js";

export interface KeyToPublish {
  kid: string;
  publicKey: PublicKeyText;
  expiresAt: Date;
}

const publishRules = z.object({
  kid: z
    .string()
    .regex(
      /^[\w.~=+/:-]{1,255}$/,
      "Must be 1 to 255 characters out of A-Z a-z 0-9 _ . ~ = + / : -",
    ),
  publicKey: publicKeyRule,
  expiresAt: timestamp,
});

/** Publishes a former issuer's public keys in the project's JWKS, and withdraws them. */
export class PublishedKeyService {
  constructor(private readonly platform: Platform) {}

  async find(caller: Caller, kid: string): Promise<PublishedKey | null> {
    assertPermitted(caller, "signing_keys:read");
    return this.platform.batchedReads.find(caller, PublishedKey, "kid", kid);
  }

  async list(caller: Caller): Promise<PublishedKey[]> {
    assertPermitted(caller, "signing_keys:read");
    const { projectId } = caller;
    return this.platform.unitOfWork.read.find(PublishedKey, {
      where: { projectId },
      order: { createdAt: "ASC", kid: "ASC" },
    });
  }

  /**
   * Verifiers of the JWKS accept what the key signs as tokens of any client and session, so that its holder
   * can do there what `clients:write` and `sessions:write` can (ADR 0019).
   * @throws FORBIDDEN, BAD_USER_INPUT; ALREADY_EXISTS if a key with this `kid` is already published
   */
  async publish(caller: Caller, input: KeyToPublish): Promise<PublishedKey> {
    assertPermitted(caller, "signing_keys:write", "clients:write", "sessions:write");
    const { kid, publicKey, expiresAt } = validate(publishRules, input);
    const { projectId } = caller;
    const now = this.platform.clock.now();
    if (expiresAt <= now) throw badUserInput(["input", "expiresAt"], "Must be in the future");
    assertEndsInTime(caller, expiresAt, ["input", "expiresAt"], "publish it for a shorter time");
    const { algorithms, jwk } = publicKey;
    const alg = algorithms.length === 1 ? { alg: algorithms[0] } : {};
    const key = Object.assign(new PublishedKey(), {
      projectId,
      kid,
      publicJwk: { ...jwk, ...alg, kid, use: "sig" },
      createdAt: now,
      expiresAt,
    });
    await this.platform.unitOfWork.write(async (manager) => {
      if (await manager.existsBy(SigningKey, { projectId, kid })) throw alreadyPublished();
      await manager.insert(PublishedKey, key).catch((error: unknown) => {
        throw isUniqueViolation(error) ? alreadyPublished() : error;
      });
      await this.platform.auditLog.record(caller, { action: "publishedKey.create", targetId: kid });
    });
    return key;
  }

  /** @throws PUBLISHED_KEY_NOT_FOUND */
  async withdraw(caller: Caller, kid: string): Promise<string> {
    assertPermitted(caller, "signing_keys:write");
    validate(idToLookUp, kid, ["input", "kid"]);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      const { affected } = await manager.delete(PublishedKey, { projectId, kid });
      if (affected !== 1) {
        throw new CountersignError("PUBLISHED_KEY_NOT_FOUND", "No such published key");
      }
      await this.platform.auditLog.record(caller, { action: "publishedKey.delete", targetId: kid });
    });
    return kid;
  }
}

function alreadyPublished() {
  return new CountersignError("ALREADY_EXISTS", "A key with this kid is already published", {
    path: ["input", "kid"],
  });
}
