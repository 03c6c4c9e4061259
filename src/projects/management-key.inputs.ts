import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type { Permission } from "../shared/permissions.js";
import { PermissionEnum } from "./management-key.payloads.js";
import type { ManagementKeyChange, NewManagementKey } from "./management-key-rules.js";

@InputType({ description: "A new management key." })
export class CreateManagementKeyInput extends Idempotent() implements NewManagementKey {
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;

  @Field(() => [PermissionEnum], { description: "Permissions; only those that the caller has." })
  permissions!: Permission[];

  @Field(() => GraphQLDateTime, { nullable: true, description: "Time of expiry; null: never." })
  expiresAt?: Date | null;
}

@InputType({
  description:
    "Changes to a management key; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateManagementKeyInput extends Versioned() implements ManagementKeyChange {
  @Field(() => ID, { description: "Id of the key." })
  managementKeyId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => [PermissionEnum], {
    nullable: true,
    description: "All permissions that the key keeps: only those that it has.",
  })
  permissions?: Permission[] | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time of expiry, in the future and not later than it is.",
  })
  expiresAt?: Date | null;
}

@InputType({ description: "The management key to delete." })
export class DeleteManagementKeyInput {
  @Field(() => ID, { description: "Id of the key." })
  managementKeyId!: string;
}
