import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { KeySource } from "./key-sources.js";
import type { Algorithm } from "./public-key.js";

export const JwsAlgorithmEnum = graphqlEnum<Algorithm>(
  "JwsAlgorithm",
  "A signature algorithm accepted from other issuers (RFC 7518, RFC 8037, RFC 9864).",
  {
    RS256: "RSA with PKCS #1 v1.5 and SHA-256.",
    RS384: "RSA with PKCS #1 v1.5 and SHA-384.",
    RS512: "RSA with PKCS #1 v1.5 and SHA-512.",
    PS256: "RSA with PSS and SHA-256.",
    PS384: "RSA with PSS and SHA-384.",
    PS512: "RSA with PSS and SHA-512.",
    ES256: "ECDSA with P-256 and SHA-256.",
    ES384: "ECDSA with P-384 and SHA-384.",
    ES512: "ECDSA with P-521 and SHA-512.",
    EdDSA: "EdDSA with Ed25519, its older, polymorphic name (RFC 8037).",
    Ed25519: "Ed25519, its fully specified name (RFC 9864).",
  },
  (algorithm) => algorithm.toUpperCase(),
);

@ObjectType("PublicKey", {
  description: "A third party's public key, which verifies the JWTs that it signs.",
})
export class PublicKeyType {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;

  @Field(() => [JwsAlgorithmEnum], { description: "JWS algorithms accepted with this key." })
  algorithms!: readonly Algorithm[];

  @Field(() => GraphQLJSONObject, { description: "The key as JWK (RFC 7517)." })
  jwk!: JsonObject;
}

@ObjectType("KeySource", { description: "Where the public keys of a signer are." })
export class KeySourceType implements KeySource {
  @Field(() => String, {
    nullable: true,
    description: "URL of the signer's JWKS; null if its keys are in `publicKeys`.",
  })
  jwksUrl!: string | null;

  @Field(() => [PublicKeyType], {
    description: "The signer's public keys; empty if they are at `jwksUrl`.",
  })
  publicKeys!: PublicKeyType[];
}
