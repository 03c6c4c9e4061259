import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { PublicKeyType } from "../key-sets/public-key.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import {
  type ClientStatus,
  TOKEN_ENDPOINT_AUTH_METHODS,
  type TokenEndpointAuthMethod,
} from "./client.entity.js";

export enum ClientStatusEnum {
  ACTIVE = "ACTIVE",
  INACTIVE = "INACTIVE",
}
registerEnumType(ClientStatusEnum, {
  name: "ClientStatus",
  description: "Whether a client gets tokens.",
  valuesConfig: {
    ACTIVE: { description: "It gets tokens." },
    INACTIVE: { description: "It gets none, until it is active again." },
  },
});

export const TokenEndpointAuthMethodEnum = Object.fromEntries(
  TOKEN_ENDPOINT_AUTH_METHODS.map((name) => [name, name]),
);
registerEnumType(TokenEndpointAuthMethodEnum, {
  name: "TokenEndpointAuthMethod",
  description: "How a client proves who it is at the token endpoint (RFC 7591 section 2).",
  valuesConfig: {
    CLIENT_SECRET_BASIC: { description: "Id and secret as HTTP Basic." },
    CLIENT_SECRET_POST: { description: "Id and secret in the body." },
    PRIVATE_KEY_JWT: { description: "An assertion signed with its own key (RFC 7523)." },
  },
});

@ObjectType("Client", { description: "An OAuth 2.0 client of the client credentials grant." })
export class ClientType {
  @Field(() => ID, { description: "Public id, `sub` of its tokens." })
  clientId!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name!: string | null;

  @Field(() => String, { nullable: true, description: "What it is for." })
  description!: string | null;

  @Field(() => ClientStatusEnum, { description: "Whether it gets tokens." })
  status!: ClientStatus;

  @Field(() => [String], { description: "Scopes that it may ask for." })
  scopes!: string[];

  @Field(() => GraphQLJSONObject, {
    description: "Facts that only operators set; a claims template can put them into tokens.",
  })
  trustedMetadata!: JsonObject;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of its access tokens where that is shorter than the project's.",
  })
  accessTokenLifetimeSeconds!: number | null;

  @Field(() => TokenEndpointAuthMethodEnum, {
    nullable: true,
    description: "How it proves who it is; null: with its secret, as Basic or in the body.",
  })
  tokenEndpointAuthMethod!: TokenEndpointAuthMethod | null;

  @Field(() => [PublicKeyType], {
    nullable: true,
    description: "Its keys for PRIVATE_KEY_JWT; null where they are at `jwksUrl`.",
  })
  publicKeys!: PublicKeyType[] | null;

  @Field(() => String, { nullable: true, description: "Where it serves its keys." })
  jwksUrl!: string | null;

  @Field(() => Boolean, { description: "Whether it gets tokens only with a DPoP proof." })
  dpopBoundAccessTokens!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Its tokens that were issued up to this second are revoked.",
  })
  tokensNotBefore!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Last four characters of the secret; null where only its hash was imported.",
  })
  clientSecretLastFour!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Last four characters of the next secret while a rotation is under way.",
  })
  nextClientSecretLastFour!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it last proved its secret, to the minute and a few seconds late.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it stops getting tokens, if ever; its tokens end then too.",
  })
  expiresAt!: Date | null;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("ClientConnection", { description: "One page of a list of Client." })
export class ClientConnection extends connectionType("Client", ClientType) {}

@ObjectType({ description: "The new client and, once, its secret." })
export class CreateClientPayload {
  @Field(() => ClientType, { description: "The new client." })
  client!: ClientType;

  @Field(() => String, {
    nullable: true,
    description: "Shown once, here; null when an idempotency key replays the call.",
  })
  clientSecret!: string | null;
}

@ObjectType({ description: "The imported client." })
export class ImportClientPayload {
  @Field(() => ClientType, { description: "The imported client." })
  client!: ClientType;
}

@ObjectType({ description: "The changed client." })
export class UpdateClientPayload {
  @Field(() => ClientType, { description: "The client after the change." })
  client!: ClientType;
}

@ObjectType({ description: "The deleted client." })
export class DeleteClientPayload {
  @Field(() => ID, { description: "Id of the deleted client." })
  clientId!: string;
}

@ObjectType({ description: "The client and, once, its next secret." })
export class StartSecretRotationPayload {
  @Field(() => ClientType, { description: "The client." })
  client!: ClientType;

  @Field(() => String, {
    nullable: true,
    description: "Works beside the current one; shown once, null on an idempotent replay.",
  })
  nextClientSecret!: string | null;
}

@ObjectType({ description: "The client after the former secret has ended." })
export class RotateSecretPayload {
  @Field(() => ClientType, { description: "The client." })
  client!: ClientType;

  @Field(() => String, {
    nullable: true,
    description: "The new secret, once, if no rotation was under way; otherwise null.",
  })
  clientSecret!: string | null;
}

@ObjectType({ description: "The client without its next secret." })
export class CancelSecretRotationPayload {
  @Field(() => ClientType, { description: "The client." })
  client!: ClientType;
}
