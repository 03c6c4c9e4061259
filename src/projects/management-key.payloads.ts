import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, ObjectType } from "type-graphql";
import { connectionType } from "../shared/connection.js";
import type { NewManagementKey } from "./management-key.service.js";

@ObjectType("ManagementKey", { description: "A secret with permissions to manage the project." })
export class ManagementKeyType {
  @Field(() => ID, { description: "Id of the key; not its secret." })
  keyId!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => [String], { description: "What it may do, such as `clients:write`." })
  permissions!: string[];

  @Field(() => String, { description: "Last four characters of the secret." })
  lastFour!: string;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it was last used, to the minute and a few seconds late.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it stops working, if ever." })
  expiresAt!: Date | null;
}

@ObjectType("ManagementKeyConnection", { description: "One page of a list of ManagementKey." })
export class ManagementKeyConnection extends connectionType("ManagementKey", ManagementKeyType) {}

@InputType({ description: "A new management key." })
export class CreateManagementKeyInput implements NewManagementKey {
  @Field(() => String, { description: "Name for people, 1 to 128 characters." })
  name!: string;

  @Field(() => [String], {
    description: "What it may do, such as `clients:read`; only permissions that the caller has.",
  })
  permissions!: string[];

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it stops working." })
  expiresAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same key, without the secret.",
  })
  idempotencyKey?: string | null;
}

@ObjectType({ description: "The new key and, once, its secret." })
export class CreateManagementKeyPayload {
  @Field(() => ManagementKeyType, { description: "The new key." })
  managementKey!: ManagementKeyType;

  @Field(() => String, {
    nullable: true,
    description: "Shown once, here; null when an idempotency key replays the call.",
  })
  secret!: string | null;
}

@InputType({ description: "Which management key to delete." })
export class DeleteManagementKeyInput {
  @Field(() => ID, { description: "Id of the key." })
  keyId!: string;
}

@ObjectType({ description: "The deleted key." })
export class DeleteManagementKeyPayload {
  @Field(() => ID, { description: "Id of the deleted key." })
  keyId!: string;
}
