import { GraphQLJSONObject } from "graphql-scalars";
import { Field, InputType } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { KeySourceSettings, PublicKeyText } from "./key-source-rules.js";

@InputType({
  description:
    "A public key, exactly one of `pem` and `jwk`: RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519.",
})
export class PublicKeyInput implements PublicKeyText {
  @Field(() => String, {
    nullable: true,
    description: "The key in PEM format: a single block, which may be a certificate.",
  })
  pem?: string | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: "The key as JWK (RFC 7517)." })
  jwk?: JsonObject | null;
}

@InputType({
  description: "Where the public keys of a signer are: exactly one of `jwksUrl` and `publicKeys`.",
})
export class KeySourceInput implements KeySourceSettings {
  @Field(() => String, {
    nullable: true,
    description:
      "https URL of the signer's JWKS, on a public host or one that the server's operator allows.",
  })
  jwksUrl?: string | null;

  @Field(() => [PublicKeyInput], {
    nullable: true,
    description: "1 to 5 public keys, so that old and new ones overlap during a rotation.",
  })
  publicKeys?: PublicKeyInput[] | null;
}
