import { MAX_PUBLIC_KEYS } from "../key-sets/key-source-rules.js";
import { withThumbprint } from "../key-sets/public-key.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { validate } from "../shared/validation.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { profileRules } from "./profile-rules.js";
import type { ProfileRef, ProfileStore } from "./profile-store.js";

export interface NewProfileKey extends ProfileRef {
  /** As PEM or JWK. */
  publicKey: string;
}

export interface ProfileKeyRef extends ProfileRef {
  /** RFC 7638 thumbprint of the key. */
  publicKeyId: string;
}

/** Adds the new key before the old one goes, so that a rotation interrupts nobody. */
export class ProfileKeys {
  readonly #rules = profileRules(false);

  constructor(private readonly store: ProfileStore) {}

  /** @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, FORBIDDEN, CONFLICT */
  async add(caller: Caller, input: NewProfileKey): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const { publicKey, ...ref } = validate(this.#rules.addKey, input);
    const key = await withThumbprint(publicKey);
    return this.store.change(caller, ref, "profile.addKey", (profile) => {
      assertHasKeys(profile);
      if (profile.publicKeys.some(({ publicKeyId }) => publicKeyId === key.publicKeyId)) {
        throw new CountersignError("CONFLICT", "The profile has this key already", {
          path: ["input", "publicKey"],
        });
      }
      if (profile.publicKeys.length >= MAX_PUBLIC_KEYS) {
        throw badUserInput(
          ["input", "publicKey"],
          `A profile may have at most ${MAX_PUBLIC_KEYS} keys`,
        );
      }
      profile.publicKeys = [...profile.publicKeys, key];
    });
  }

  /** What it has signed is refused from now on. @throws BAD_USER_INPUT, PROFILE_NOT_FOUND, FORBIDDEN, CONFLICT */
  async remove(caller: Caller, input: ProfileKeyRef): Promise<TrustedAuthProfile> {
    assertPermitted(caller, "profiles:write");
    const { publicKeyId: id, ...ref } = validate(this.#rules.removeKey, input);
    const path = ["input", "publicKeyId"];
    return this.store.change(caller, ref, "profile.removeKey", (profile) => {
      assertHasKeys(profile);
      const others = profile.publicKeys.filter(({ publicKeyId }) => publicKeyId !== id);
      if (others.length === profile.publicKeys.length) {
        throw badUserInput(path, "Is not a key of the profile");
      }
      if (others.length === 0) throw badUserInput(path, "Is the only key of the profile");
      profile.publicKeys = others;
    });
  }
}

function assertHasKeys(profile: TrustedAuthProfile): void {
  if (profile.jwksUrl === null) return;
  throw badUserInput(["input", "profileId"], "The profile's keys are those at its jwksUrl");
}
