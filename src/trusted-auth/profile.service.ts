import { type Algorithm, withThumbprint } from "../key-sets/public-key.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { newId } from "../shared/ids.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { validate, validateChange } from "../shared/validation.js";
import type { ClaimCondition } from "./claim-conditions.js";
import { TrustedAuthProfile } from "./profile.entity.js";
import { profileRules } from "./profile-rules.js";
import type { ProfileRef, ProfileStore } from "./profile-store.js";

/** The entity documents the settings. */
export interface ProfileSettings {
  /** Exactly one of `jwksUrl` and `publicKeys` is given. */
  jwksUrl?: string | null;
  /** Keys as PEM or JWK. */
  publicKeys?: string[] | null;
  allowedAlgorithms?: Algorithm[] | null;
  clockToleranceSeconds?: number | null;
  maxTokenAgeSeconds?: number | null;
  claimConditions?: ClaimCondition[] | null;
  organizationId?: string | null;
  canJitProvision?: boolean | null;
  canJitProvisionOrganizations?: boolean | null;
  clientId?: string | null;
  singleUseTokenId?: boolean | null;
  publicExchange?: boolean | null;
  allowedOrigins?: string[] | null;
}

export interface NewProfile extends ProfileSettings {
  name: string;
  issuer: string;
  audience: string;
  attributeMapping: JsonObject;
  idempotencyKey?: string | null;
}

/** Absent fields stay unchanged; a new `jwksUrl` or `publicKeys` replaces the former keys. */
export interface ProfileChange extends ProfileSettings, ProfileRef {
  name?: string | null;
  issuer?: string | null;
  audience?: string | null;
  attributeMapping?: JsonObject | null;
}

const DEFAULTS = {
  allowedAlgorithms: null,
  clockToleranceSeconds: 60,
  maxTokenAgeSeconds: null,
  claimConditions: [],
  organizationId: null,
  canJitProvision: false,
  canJitProvisionOrganizations: false,
  clientId: null,
  singleUseTokenId: false,
  publicExchange: false,
  allowedOrigins: [],
};

/** Finds, lists, creates, changes and deletes trusted auth profiles. */
export class ProfileService {
  readonly #rules: ReturnType<typeof profileRules>;

  constructor(
    private readonly platform: Platform,
    private readonly store: ProfileStore,
    allowInsecureJwks: boolean,
  ) {
    this.#rules = profileRules(allowInsecureJwks);
  }

  async find(caller: Caller, profileId: string): Promise<TrustedAuthProfile | null> {
    assertPermitted(caller, "profiles:read");
    const { batchedReads } = this.platform;
    return batchedReads.find(caller, TrustedAuthProfile, "profileId", profileId);
  }

  /** Newest first. */
  async list(caller: Caller, request: PageRequest): Promise<Page<TrustedAuthProfile>> {
    assertPermitted(caller, "profiles:read");
    const { projectId } = caller;
    const query = this.platform.unitOfWork.read
      .createQueryBuilder(TrustedAuthProfile, "profile")
      .where({ projectId });
    return keysetPage(query, request, { by: "createdAt", id: "profileId", direction: "DESC" });
  }

  /** @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CLIENT_NOT_FOUND, FORBIDDEN, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewProfile): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const validated = validate(this.#rules.create, input);
    const { idempotencyKey: key, jwksUrl, publicKeys, ...settings } = validated;
    const { projectId } = caller;
    return this.platform.idempotency.run(
      { projectId, operation: "createProfile", key, input: validated },
      async (recordResult) => {
        const now = this.platform.clock.now();
        const profile = Object.assign(new TrustedAuthProfile(), DEFAULTS, settings, {
          projectId,
          profileId: newId("profile"),
          jwksUrl: jwksUrl ?? null,
          publicKeys: await Promise.all((publicKeys ?? []).map(withThumbprint)),
          createdAt: now,
          updatedAt: now,
          version: 1,
        });
        await this.platform.unitOfWork.write(async () => {
          await this.store.insert(caller, profile);
          await recordResult(profile.profileId);
        });
        return profile;
      },
      async (profileId) => this.store.get(projectId, profileId),
    );
  }

  /** @throws PROFILE_NOT_FOUND, VERSION_CONFLICT, and what `create` throws */
  async update(caller: Caller, input: ProfileChange): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const validated = validateChange(this.#rules.update, input);
    const { profileId, expectedVersion, jwksUrl, publicKeys, ...patch } = validated;
    const keys = publicKeys && (await Promise.all(publicKeys.map(withThumbprint)));
    return this.store.change(
      caller,
      { profileId, expectedVersion },
      "profile.update",
      (profile) => {
        Object.assign(profile, patch);
        if (jwksUrl !== undefined || keys) profile.jwksUrl = jwksUrl ?? null;
        if (keys !== undefined || jwksUrl) profile.publicKeys = keys ?? [];
      },
    );
  }

  /** Deletes the profile; its sessions stay active. @throws PROFILE_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ProfileRef): Promise<string> {
    assertPermitted(caller, "profiles:write");
    const ref = validate(this.#rules.ref, input);
    await this.store.delete(caller, ref);
    return ref.profileId;
  }
}
