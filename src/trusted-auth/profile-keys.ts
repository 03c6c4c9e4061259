import { PUBLIC_HOSTS } from "../key-sets/key-set-url.js";
import { MAX_PUBLIC_KEYS, type PublicKeyText } from "../key-sets/key-source-rules.js";
import { withThumbprint } from "../key-sets/public-key.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { validate } from "../shared/validation.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { profileRules } from "./profile-rules.js";
import type { ProfileRef, ProfileStore } from "./profile-store.js";

export interface NewProfileKey extends ProfileRef {
  publicKey: PublicKeyText;
}

export interface ProfileKeyRef extends ProfileRef {
  /** RFC 7638 thumbprint of the key. */
  publicKeyId: string;
}

/** Adds and removes the keys of a profile, so that an issuer can rotate its key without an interruption. */
export class ProfileKeys {
  readonly #rules = profileRules(PUBLIC_HOSTS);

  constructor(private readonly store: ProfileStore) {}

  /** @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT */
  async add(caller: Caller, input: NewProfileKey): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const { publicKey, ...ref } = validate(this.#rules.addKey, input);
    const key = await withThumbprint(publicKey);
    return this.store.change(caller, ref, "profile.addKey", (profile) => {
      assertHasPublicKeys(profile);
      if (profile.publicKeys.some(({ publicKeyId }) => publicKeyId === key.publicKeyId)) {
        throw new CountersignError("ALREADY_EXISTS", "The profile already has this key", {
          path: ["input", "publicKey"],
        });
      }
      if (profile.publicKeys.length >= MAX_PUBLIC_KEYS) {
        throw badUserInput(
          ["input", "publicKey"],
          `The profile already has ${MAX_PUBLIC_KEYS} keys: remove one first`,
        );
      }
      profile.publicKeys = [...profile.publicKeys, key];
    });
  }

  /**
   * From now on the profile rejects tokens that the key has signed.
   * @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, FORBIDDEN, VERSION_CONFLICT
   */
  async remove(caller: Caller, input: ProfileKeyRef): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const { publicKeyId: id, ...ref } = validate(this.#rules.removeKey, input);
    const path = ["input", "publicKeyId"];
    return this.store.change(caller, ref, "profile.removeKey", (profile) => {
      assertHasPublicKeys(profile);
      const others = profile.publicKeys.filter(({ publicKeyId }) => publicKeyId !== id);
      if (others.length === profile.publicKeys.length) {
        throw badUserInput(path, "Must be a key of the profile");
      }
      if (others.length === 0) {
        throw badUserInput(path, "Must not be the profile's only key: add another key first");
      }
      profile.publicKeys = others;
    });
  }
}

function assertHasPublicKeys(profile: TrustedAuthProfile): void {
  if (profile.jwksUrl === null) return;
  throw badUserInput(
    ["input", "profileId"],
    "The profile has no publicKeys; its keys are at its jwksUrl",
  );
}
