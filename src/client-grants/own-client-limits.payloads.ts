import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { ClientOwnerType } from "../clients/client-owner.payloads.js";
import type { OwnClientLimits } from "./own-client-limits.js";

@ObjectType("OwnClientApi", {
  description: "An API on which the caller may grant access to the clients of its owner.",
})
export class OwnClientApiType {
  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;

  @Field(() => String, { description: "Identifier, which tokens have as audience." })
  identifier!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => [String], { description: "Scopes that the caller may grant." })
  scopes!: readonly string[];

  @Field(() => Boolean, { description: "Whether the caller may grant `allScopes`." })
  allScopes!: boolean;
}

@ObjectType("OwnClientLimits", {
  description: "What a caller with `own_clients:write` may give to the clients of its owner.",
})
export class OwnClientLimitsType implements OwnClientLimits {
  @Field(() => ClientOwnerType, { description: "The caller's owner, and that of its clients." })
  owner!: ClientOwnerType;

  @Field(() => [String], {
    description: "Scopes that clients may have for the project's audience.",
  })
  scopes!: readonly string[];

  @Field(() => [OwnClientApiType], { description: "APIs for which clients may have grants." })
  apis!: (OwnClientApiType & OwnClientLimits["apis"][number])[];

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time by which new clients must end; null: they need not end.",
  })
  expiresAt!: Date | null;

  @Field(() => Int, { description: "How many clients the owner has." })
  clientCount!: number;

  @Field(() => Int, {
    description: "How many it may have, the project's `maximumClientsPerOwner`.",
  })
  maximumClients!: number;
}
