import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import { identify } from "../key-sets/public-key.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import type { Idempotency } from "../shared/idempotency.js";
import { newId } from "../shared/ids.js";
import { keysetPage, type Page, type PageRequest } from "../shared/page.js";
import { withoutNulls } from "../shared/patch.js";
import { isStorableText } from "../shared/storable-text.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { assertVersion } from "../shared/version.js";
import { TrustedAuthProfile } from "./profile.entity.js";
import { ONE_KEY_SOURCE, profileRules } from "./profile-rules.js";

/** Exactly one of the two. */
export interface KeySource {
  jwksUrl?: string | null;
  /** Each as PEM or JWK. */
  publicKeys?: string[] | null;
}

export interface NewProfile extends KeySource {
  name: string;
  issuer: string;
  audience: string;
  attributeMapping: JsonObject;
  canJitProvision?: boolean | null;
  singleUseTokenId?: boolean | null;
  idempotencyKey?: string | null;
}

/** Absent: unchanged. A new key source replaces the former one. */
export interface ProfileChange extends KeySource {
  profileId: string;
  name?: string | null;
  issuer?: string | null;
  audience?: string | null;
  attributeMapping?: JsonObject | null;
  canJitProvision?: boolean | null;
  singleUseTokenId?: boolean | null;
  expectedVersion?: number | null;
}

export interface ProfileRef {
  profileId: string;
  expectedVersion?: number | null;
}

export class ProfileService {
  readonly #rules: ReturnType<typeof profileRules>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly auditLog: AuditLog,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    allowInsecureJwks: boolean,
  ) {
    this.#rules = profileRules(allowInsecureJwks);
  }

  async find(projectId: string, profileId: string): Promise<TrustedAuthProfile | null> {
    if (!isStorableText(profileId)) return null;
    return this.unitOfWork.read.findOneBy(TrustedAuthProfile, { projectId, profileId });
  }

  /** @throws PROFILE_NOT_FOUND */
  async get(projectId: string, profileId: string): Promise<TrustedAuthProfile> {
    validate(lookupId, profileId, ["profileId"]);
    const profile = await this.find(projectId, profileId);
    if (!profile) throw profileNotFound();
    return profile;
  }

  /** Newest first. */
  async list(projectId: string, request: PageRequest): Promise<Page<TrustedAuthProfile>> {
    const query = this.unitOfWork.read
      .createQueryBuilder(TrustedAuthProfile, "profile")
      .where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "profileId", direction: "DESC" });
  }

  /** @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewProfile): Promise<TrustedAuthProfile> {
    const given = withoutNulls(input, "canJitProvision", "singleUseTokenId");
    const rules = validate(this.#rules.create, given);
    const { projectId } = caller;
    return this.idempotency.run(
      { projectId, operation: "createProfile", key: rules.idempotencyKey, input: rules },
      async (claim) => {
        const now = this.clock.now();
        const profile = Object.assign(new TrustedAuthProfile(), {
          projectId,
          profileId: newId("profile"),
          name: rules.name,
          issuer: rules.issuer,
          audience: rules.audience,
          jwksUrl: rules.jwksUrl ?? null,
          publicKeys: await Promise.all((rules.publicKeys ?? []).map(identify)),
          attributeMapping: rules.attributeMapping,
          canJitProvision: rules.canJitProvision ?? false,
          singleUseTokenId: rules.singleUseTokenId ?? false,
          createdAt: now,
          updatedAt: now,
          version: 1,
        });
        await this.unitOfWork.write(async (manager) => {
          await manager.insert(
            TrustedAuthProfile,
            profile as QueryDeepPartialEntity<TrustedAuthProfile>,
          );
          const { profileId } = profile;
          await this.auditLog.record(caller, { action: "profile.create", targetId: profileId });
          await claim(profileId);
        });
        return profile;
      },
      async (profileId) => this.get(projectId, profileId),
    );
  }

  /** @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, CONFLICT */
  async update(caller: Caller, input: ProfileChange): Promise<TrustedAuthProfile> {
    const rules = validate(this.#rules.update, withoutNulls(input, ...ALWAYS_SET));
    const { profileId, expectedVersion, jwksUrl, publicKeys, ...patch } = rules;
    const { projectId } = caller;
    const keys = publicKeys && (await Promise.all(publicKeys.map(identify)));
    return this.unitOfWork.write(async (manager) => {
      const profile = await this.#getForUpdate(projectId, profileId, expectedVersion);
      Object.assign(profile, patch);
      if (jwksUrl !== undefined || keys) profile.jwksUrl = jwksUrl ?? null;
      if (keys !== undefined || jwksUrl) profile.publicKeys = keys ?? [];
      if (!profile.jwksUrl && profile.publicKeys.length === 0) {
        throw badUserInput(["input", ...ONE_KEY_SOURCE.path], ONE_KEY_SOURCE.message);
      }
      profile.updatedAt = this.clock.now();
      profile.version += 1;
      const { projectId: _p, profileId: _i, ...columns } = profile;
      await manager.update(
        TrustedAuthProfile,
        { projectId, profileId },
        columns as QueryDeepPartialEntity<TrustedAuthProfile>,
      );
      await this.auditLog.record(caller, { action: "profile.update", targetId: profileId });
      return profile;
    });
  }

  /** Sessions that were attested under it go on. @throws PROFILE_NOT_FOUND, CONFLICT */
  async delete(caller: Caller, input: ProfileRef): Promise<string> {
    const { profileId, expectedVersion } = validate(this.#rules.ref, input);
    const { projectId } = caller;
    await this.unitOfWork.write(async (manager) => {
      await this.#getForUpdate(projectId, profileId, expectedVersion);
      await manager.delete(TrustedAuthProfile, { projectId, profileId });
      await this.auditLog.record(caller, { action: "profile.delete", targetId: profileId });
    });
    return profileId;
  }

  async #getForUpdate(
    projectId: string,
    profileId: string,
    expectedVersion: number | null | undefined,
  ): Promise<TrustedAuthProfile> {
    const where = { projectId, profileId };
    const profile = await this.unitOfWork.findForUpdate(TrustedAuthProfile, where);
    if (!profile) throw profileNotFound();
    assertVersion(profile.version, expectedVersion);
    return profile;
  }
}

const ALWAYS_SET = [
  "name",
  "issuer",
  "audience",
  "attributeMapping",
  "canJitProvision",
  "singleUseTokenId",
] as const;

function profileNotFound() {
  return new CountersignError("PROFILE_NOT_FOUND", "No such trusted auth profile");
}
