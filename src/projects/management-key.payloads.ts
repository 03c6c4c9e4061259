import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { constantCase, graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import { PERMISSION_DESCRIPTIONS, type Permission } from "../shared/permissions.js";

export const PermissionEnum = graphqlEnum<Permission>(
  "Permission",
  "What a caller may do. Scopes of tokens for this API write `clients:write` for `CLIENTS_WRITE`.",
  PERMISSION_DESCRIPTIONS,
  constantCase,
);

@NodeObjectType("ManagementKey", "managementKeyId", {
  permission: "management_keys:read",
  description: "A secret with permissions to manage the project.",
})
export class ManagementKeyType extends VersionedType {
  @Field(() => ID, { description: "Id of the key; not its secret." })
  managementKeyId!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  /** See `ManagementKeyResolver.permissions`. */
  permissions!: Permission[];

  @Field(() => String, { description: "Last four characters of the secret." })
  lastFour!: string;

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

export const UpdateManagementKeyPayload = payloadType("UpdateManagementKeyPayload", {
  managementKey: { type: () => ManagementKeyType, description: "The key after the change." },
});

export const DeleteManagementKeyPayload = payloadType("DeleteManagementKeyPayload", {
  managementKeyId: { type: () => ID, description: "Id of the deleted key." },
});
