import { Field, ID, InputType } from "type-graphql";
import { PublicKeyInput } from "../key-sets/key-source.inputs.js";
import { ProfileRefInput } from "./profile.inputs.js";
import type { NewProfileKey, ProfileKeyRef } from "./profile-keys.js";

@InputType({ description: "An additional key for a profile with `publicKeys`." })
export class AddProfileKeyInput extends ProfileRefInput implements NewProfileKey {
  @Field(() => PublicKeyInput, { description: "The key." })
  publicKey!: PublicKeyInput;
}

@InputType({ description: "The key to remove from a profile." })
export class RemoveProfileKeyInput extends ProfileRefInput implements ProfileKeyRef {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;
}
