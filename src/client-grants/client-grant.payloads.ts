import { Field, ID, Int } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";

@NodeObjectType("ClientGrant", "clientGrantId", {
  permission: "clients:read",
  description: "The scopes that one client has on one API.",
})
export class ClientGrantType extends VersionedType {
  @Field(() => ID, { description: "Id of the grant." })
  clientGrantId!: string;

  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;

  @Field(() => [String], { description: "Granted scopes; empty if all are granted." })
  scopes!: string[];

  @Field(() => Boolean, { description: "Whether all scopes of the API are granted." })
  allScopes!: boolean;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of tokens for this grant in seconds; null: the client's, the API's or the project's.",
  })
  accessTokenLifetimeSeconds!: number | null;
}

export const ClientGrantConnection = connectionType("ClientGrant", ClientGrantType);

export const CreateClientGrantPayload = payloadType("CreateClientGrantPayload", {
  clientGrant: { type: () => ClientGrantType, description: "The new grant." },
});

export const UpdateClientGrantPayload = payloadType("UpdateClientGrantPayload", {
  clientGrant: { type: () => ClientGrantType, description: "The grant after the change." },
});

export const DeleteClientGrantPayload = payloadType("DeleteClientGrantPayload", {
  clientGrantId: { type: () => ID, description: "Id of the deleted grant." },
});
