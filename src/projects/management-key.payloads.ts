import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";

@NodeObjectType("ManagementKey", "keyId", { description: "A secret with permissions to manage the project." })
export class ManagementKeyType {
  @Field(() => ID, { description: "Id of the key; not its secret." })
  keyId!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => [String], { description: "Permissions, such as `clients:write`." })
  permissions!: string[];

  @Field(() => String, { description: "Last four characters of the secret." })
  lastFour!: string;

  @Field(() => GraphQLDateTime, { description: "Time of creation." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time of the last use, to the minute and updated after a few seconds.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Time of expiry; null: never." })
  expiresAt!: Date | null;
}

export const ManagementKeyConnection = connectionType("ManagementKey", ManagementKeyType);

export const CreateManagementKeyPayload = payloadType(
  "CreateManagementKeyPayload",
  {
    managementKey: { type: () => ManagementKeyType, description: "The new key." },
    secret: {
      type: () => String,
      nullable: true,
      description: "The secret, shown only once; null if an idempotency key repeats the call.",
    },
  },
  "The new key and its secret.",
);

export const DeleteManagementKeyPayload = payloadType("DeleteManagementKeyPayload", {
  keyId: { type: () => ID, description: "Id of the deleted key." },
});
