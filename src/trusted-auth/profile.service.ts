import type { KeySetPolicy } from "../key-sets/key-set-url.js";
import type { KeySourceSettings } from "../key-sets/key-source-rules.js";
import { type Algorithm, toKeySource } from "../key-sets/public-key.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { newId } from "../shared/ids.js";
import { validate, validateChange } from "../shared/validation.js";
import type { AttributeMappingSettings } from "./attribute-mapping.js";
import type { ClaimCondition } from "./claim-conditions.js";
import type { MemberUpdates } from "./member-updates.js";
import { fillFromPreset, type PresetTarget } from "./presets/fill-from-preset.js";
import { TrustedAuthProfile } from "./profile.entity.js";
import { profileRules } from "./profile-rules.js";
import type { ProfileRef, ProfileStore } from "./profile-store.js";

/** The entity documents the settings. */
export interface ProfileSettings {
  alternativeIssuers?: string[] | null;
  audienceClaim?: string | null;
  allowedAlgorithms?: Algorithm[] | null;
  clockToleranceSeconds?: number | null;
  maxTokenAgeSeconds?: number | null;
  maximumSessionDurationMinutes?: number | null;
  claimConditions?: ClaimCondition[] | null;
  organizationId?: string | null;
  canJitProvision?: boolean | null;
  canJitProvisionOrganizations?: boolean | null;
  memberUpdates?: MemberUpdates | null;
  clientId?: string | null;
  singleUseTokenId?: boolean | null;
  publicExchange?: boolean | null;
  allowedOrigins?: string[] | null;
}

/** Without a preset, issuer, audience, keys and attribute mapping are required. */
export interface NewProfile extends ProfileSettings, PresetTarget {
  name: string;
  idempotencyKey?: string | null;
}

/** Absent fields stay unchanged; new keys and a new mapping replace the former ones as a whole. */
export interface ProfileChange extends ProfileSettings, ProfileRef {
  name?: string | null;
  issuer?: string | null;
  audience?: string | null;
  keys?: KeySourceSettings | null;
  attributeMapping?: AttributeMappingSettings | null;
}

const DEFAULTS = {
  alternativeIssuers: [],
  audienceClaim: null,
  allowedAlgorithms: null,
  clockToleranceSeconds: 60,
  maxTokenAgeSeconds: null,
  maximumSessionDurationMinutes: null,
  claimConditions: [],
  organizationId: null,
  canJitProvision: false,
  canJitProvisionOrganizations: false,
  memberUpdates: "PROVISIONED" as const,
  clientId: null,
  singleUseTokenId: false,
  publicExchange: false,
  allowedOrigins: [],
  maker: null,
};

/** Finds, lists, creates, changes and deletes trusted auth profiles. */
export class ProfileService {
  readonly #rules: ReturnType<typeof profileRules>;

  constructor(
    private readonly platform: Platform,
    private readonly store: ProfileStore,
    keySetPolicy: KeySetPolicy,
  ) {
    this.#rules = profileRules(keySetPolicy);
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
    const validated = validate(this.#rules.create, fillFromPreset(input));
    const { idempotencyKey: key, keys, ...settings } = validated;
    const { projectId } = caller;
    return this.platform.idempotency.run(
      { projectId, operation: "createProfile", key, input: validated },
      async (recordResult) => {
        const now = this.platform.clock.now();
        const profile = Object.assign(new TrustedAuthProfile(), DEFAULTS, settings, {
          projectId,
          profileId: newId("profile"),
          ...(await toKeySource(keys)),
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
    const { profileId, expectedVersion, keys, ...patch } = validated;
    const keySource = keys && (await toKeySource(keys));
    return this.store.change(
      caller,
      { profileId, expectedVersion },
      "profile.update",
      (profile) => {
        Object.assign(profile, patch, keySource);
      },
      patch.clientId,
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
