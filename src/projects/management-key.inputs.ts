import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";
import { Idempotent } from "../graphql-types/mutation.inputs.js";
import type { Permission } from "../shared/permissions.js";
import { PermissionEnum } from "./management-key.payloads.js";
import type { NewManagementKey } from "./management-key.service.js";

@InputType({ description: "A new management key." })
export class CreateManagementKeyInput extends Idempotent() implements NewManagementKey {
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;

  @Field(() => [PermissionEnum], { description: "Permissions; only those that the caller has." })
  permissions!: Permission[];

  @Field(() => GraphQLDateTime, { nullable: true, description: "Time of expiry; null: never." })
  expiresAt?: Date | null;
}

@InputType({ description: "The management key to delete." })
export class DeleteManagementKeyInput {
  @Field(() => ID, { description: "Id of the key." })
  managementKeyId!: string;
}
