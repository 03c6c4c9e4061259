import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, registerEnumType } from "type-graphql";
import { OrderDirectionEnum } from "../shared/order-direction.inputs.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClientStatus, TokenEndpointAuthMethod } from "./client.entity.js";
import { ClientStatusEnum, TokenEndpointAuthMethodEnum } from "./client.payloads.js";
import type { ImportedClient } from "./client-import.js";
import type { ClientFilter, ClientOrder } from "./client-list.js";
import type { ClientRef } from "./client-store.js";
import type { ClientAuthenticationInput, ClientChange, NewClient } from "./client-writer.js";
import type { ClientDescription } from "./new-client.js";
import type { Rotation } from "./secret-rotation.js";

@InputType()
abstract class ClientDescriptionInput implements ClientDescription {
  @Field(() => String, { nullable: true, description: "Name for people, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What it is for, up to 1000 characters." })
  description?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Up to 20 top-level keys and 4 KB of JSON. An update merges at the top level, null deletes a key.",
  })
  trustedMetadata?: JsonObject | null;

  @Field(() => Int, {
    nullable: true,
    description: "60 to 2592000 seconds; applies where it is shorter than the project's.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it stops getting tokens." })
  expiresAt?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether it gets tokens only with a DPoP proof (RFC 9449); false, if never set.",
  })
  dpopBoundAccessTokens?: boolean | null;
}

@InputType()
abstract class ClientAuthenticationFields
  extends ClientDescriptionInput
  implements ClientAuthenticationInput
{
  @Field(() => TokenEndpointAuthMethodEnum, {
    nullable: true,
    description: "How it proves who it is; null: with its secret, as Basic or in the body.",
  })
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null;

  @Field(() => [String], {
    nullable: true,
    description: "Keys for PRIVATE_KEY_JWT as PEM or JWK, up to 5: several while it rotates.",
  })
  publicKeys?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Where it serves its keys for PRIVATE_KEY_JWT, instead of `publicKeys`.",
  })
  jwksUrl?: string | null;
}

@InputType({ description: "A new client; its id and secret are generated." })
export class CreateClientInput extends ClientAuthenticationFields implements NewClient {
  @Field(() => [String], {
    description: "Scopes that it may ask for: up to 100 scope-tokens (RFC 6749).",
  })
  scopes!: string[];

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same client, without the secret.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "A client with the id and secret that its program already has." })
export class ImportClientInput extends ClientDescriptionInput implements ImportedClient {
  @Field(() => ID, { description: "1 to 255 characters out of `A-Za-z0-9._|@:/-`." })
  clientId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The secret, at least 8 characters and not guessable. Or give `secretHash`.",
  })
  clientSecret?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Hash of the secret: bcrypt (cost 4 to 14), PBKDF2 or argon2 in PHC form. Or give `clientSecret`.",
  })
  secretHash?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Scopes that it may ask for; none if absent.",
  })
  scopes?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same client.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "What to change; absent fields stay as they are, null clears." })
export class UpdateClientInput extends ClientAuthenticationFields implements ClientChange {
  @Field(() => ID, { description: "Which client." })
  clientId!: string;

  @Field(() => [String], { nullable: true, description: "Replaces the list of scopes." })
  scopes?: string[] | null;

  @Field(() => ClientStatusEnum, { nullable: true, description: "Whether it gets tokens." })
  status?: ClientStatus | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the client still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType()
abstract class ClientRefInput implements ClientRef {
  @Field(() => ID, { description: "Which client." })
  clientId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the client still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Which client to delete." })
export class DeleteClientInput extends ClientRefInput {}

@InputType()
abstract class RotationInput extends ClientRefInput implements Rotation {
  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours changes nothing and shows no secret.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "Whose secret to begin to rotate." })
export class StartSecretRotationInput extends RotationInput {}

@InputType({ description: "Whose secret to rotate." })
export class RotateSecretInput extends RotationInput {}

@InputType({ description: "Whose rotation to cancel." })
export class CancelSecretRotationInput extends ClientRefInput {}

@InputType("ClientFilter", {
  description: "Narrows a list of clients; all given conditions must hold.",
})
export class ClientFilterInput implements ClientFilter {
  @Field(() => [ID], { nullable: true, description: "One of these ids." })
  clientIds?: string[] | null;

  @Field(() => String, { nullable: true, description: "Part of the name, in upper or lower case." })
  nameContains?: string | null;

  @Field(() => [String], { nullable: true, description: "Has every one of these scopes." })
  scopes?: string[] | null;

  @Field(() => ClientStatusEnum, { nullable: true, description: "Has this status." })
  status?: ClientStatus | null;

  @Field(() => String, {
    nullable: true,
    description: "Its trusted metadata has this top-level key.",
  })
  metadataKey?: string | null;
}

export enum ClientOrderFieldEnum {
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  NAME = "NAME",
}
registerEnumType(ClientOrderFieldEnum, {
  name: "ClientOrderField",
  description: "What a list of clients is ordered by.",
  valuesConfig: {
    CREATED_AT: { description: "Time of creation." },
    UPDATED_AT: { description: "Time of the last change." },
    NAME: { description: "Name, upper and lower case the same; clients without one come first." },
  },
});

@InputType("ClientOrder", { description: "Order of a list of clients." })
export class ClientOrderInput implements ClientOrder {
  @Field(() => ClientOrderFieldEnum, { description: "What to order by." })
  field!: ClientOrder["field"];

  @Field(() => OrderDirectionEnum, { description: "Which end comes first." })
  direction!: ClientOrder["direction"];
}
