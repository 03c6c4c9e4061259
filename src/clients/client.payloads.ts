import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import { KeySourceType } from "../key-sets/public-key.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClientStatus, GrantType, TokenEndpointAuthMethod } from "./client.entity.js";
import { ClientOwnerType } from "./client-owner.payloads.js";

export const ClientStatusEnum = graphqlEnum<ClientStatus>(
  "ClientStatus",
  "Whether a client gets tokens.",
  {
    ACTIVE: "The client gets tokens, unless it has expired or its owner is inactive.",
    INACTIVE: "The client gets no tokens until it is active again.",
  },
);

export const TokenEndpointAuthMethodEnum = graphqlEnum<TokenEndpointAuthMethod>(
  "TokenEndpointAuthMethod",
  "How a client authenticates at the token endpoint (RFC 7591 section 2).",
  {
    CLIENT_SECRET_BASIC: "Id and secret as HTTP Basic.",
    CLIENT_SECRET_POST: "Id and secret in the body.",
    PRIVATE_KEY_JWT: "An assertion signed with the client's private key (RFC 7523).",
  },
);

export const GrantTypeEnum = graphqlEnum<GrantType>(
  "GrantType",
  "A grant that a client uses with its own credentials.",
  { CLIENT_CREDENTIALS: "Client credentials (RFC 6749 section 4.4)." },
);

@NodeObjectType("Client", "clientId", {
  permission: "clients:read",
  description: "An OAuth 2.0 client of the client credentials grant.",
})
export class ClientType extends VersionedType {
  @Field(() => ID, { description: "Public id, `sub` of its tokens." })
  clientId!: string;

  @Field(() => String, { nullable: true, description: "Display name." })
  name!: string | null;

  @Field(() => String, { nullable: true, description: "Description." })
  description!: string | null;

  @Field(() => ClientStatusEnum, { description: "Whether the client gets tokens." })
  status!: ClientStatus;

  @Field(() => [String], { description: "Scopes that the client may request." })
  scopes!: string[];

  @Field(() => GraphQLJSONObject, {
    description: "Metadata that only operators set; a claims template can add it to access tokens.",
  })
  trustedMetadata!: JsonObject;

  @Field(() => ClientOwnerType, {
    nullable: true,
    description: "Whom the client belongs to; null: nobody but the operator.",
  })
  owner!: ClientOwnerType | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of its access tokens in seconds, unless a grant has its own; null: the API's or the project's.",
  })
  accessTokenLifetimeSeconds!: number | null;

  @Field(() => TokenEndpointAuthMethodEnum, {
    nullable: true,
    description:
      "How the client authenticates; null: with its secret, as HTTP Basic or in the body.",
  })
  tokenEndpointAuthMethod!: TokenEndpointAuthMethod | null;

  @Field(() => [GrantTypeEnum], {
    description:
      "Grants that the client may use with its own credentials; trusted auth profiles (RFC 7523, RFC 8693) need none.",
  })
  grantTypes!: GrantType[];

  @Field(() => KeySourceType, {
    nullable: true,
    description: "The client's public keys, for PRIVATE_KEY_JWT; null if it has none.",
  })
  keys!: KeySourceType | null;

  @Field(() => Boolean, {
    description: "Whether the client gets tokens only with a DPoP proof (RFC 9449).",
  })
  dpopBoundAccessTokens!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time of the last revocation of all tokens that the client had got.",
  })
  tokensNotBefore!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Time of the last successful authentication, to the minute and updated after a few seconds.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Time from which the client gets no tokens and its tokens are expired; null: never.",
  })
  expiresAt!: Date | null;
}

export const ClientConnection = connectionType("Client", ClientType);

export const CreateClientPayload = payloadType(
  "CreateClientPayload",
  {
    client: { type: () => ClientType, description: "The new client." },
    clientSecret: {
      type: () => String,
      nullable: true,
      description:
        "The secret, shown only once; null if an idempotency key repeats the call, and for PRIVATE_KEY_JWT.",
    },
  },
  "The new client and its secret.",
);

export const ImportClientPayload = payloadType("ImportClientPayload", {
  client: { type: () => ClientType, description: "The imported client." },
});

export const UpdateClientPayload = payloadType("UpdateClientPayload", {
  client: { type: () => ClientType, description: "The client after the change." },
});

export const DeleteClientPayload = payloadType("DeleteClientPayload", {
  clientId: { type: () => ID, description: "Id of the deleted client." },
});
