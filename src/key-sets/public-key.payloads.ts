import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";

@ObjectType("PublicKey", {
  description: "Somebody else's public key, which verifies what they sign.",
})
export class PublicKeyType {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;

  @Field(() => [String], { description: "JWS algorithms that are accepted with it." })
  algorithms!: readonly string[];

  @Field(() => GraphQLJSONObject, { description: "The key as JWK (RFC 7517)." })
  jwk!: JsonObject;
}
