import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { Algorithm } from "./public-key.js";

export enum JwsAlgorithmEnum {
  RS256 = "RS256",
  RS384 = "RS384",
  RS512 = "RS512",
  PS256 = "PS256",
  PS384 = "PS384",
  PS512 = "PS512",
  ES256 = "ES256",
  ES384 = "ES384",
  ES512 = "ES512",
  EdDSA = "EdDSA",
  Ed25519 = "Ed25519",
}
registerEnumType(JwsAlgorithmEnum, {
  name: "JwsAlgorithm",
  description: "A signature algorithm that is accepted from others (RFC 7518, RFC 8037, RFC 9864).",
  valuesConfig: {
    RS256: { description: "RSA with PKCS #1 v1.5 and SHA-256." },
    RS384: { description: "RSA with PKCS #1 v1.5 and SHA-384." },
    RS512: { description: "RSA with PKCS #1 v1.5 and SHA-512." },
    PS256: { description: "RSA with PSS and SHA-256." },
    PS384: { description: "RSA with PSS and SHA-384." },
    PS512: { description: "RSA with PSS and SHA-512." },
    ES256: { description: "ECDSA with P-256 and SHA-256." },
    ES384: { description: "ECDSA with P-384 and SHA-384." },
    ES512: { description: "ECDSA with P-521 and SHA-512." },
    EdDSA: { description: "Ed25519 by its older name." },
    Ed25519: { description: "Ed25519 by its own name." },
  },
});

@ObjectType("PublicKey", {
  description: "Somebody else's public key, which verifies what they sign.",
})
export class PublicKeyType {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;

  @Field(() => [JwsAlgorithmEnum], { description: "JWS algorithms that are accepted with it." })
  algorithms!: readonly Algorithm[];

  @Field(() => GraphQLJSONObject, { description: "The key as JWK (RFC 7517)." })
  jwk!: JsonObject;
}
