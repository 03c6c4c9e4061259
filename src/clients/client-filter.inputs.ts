import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { orderInput } from "../graphql-types/order.inputs.js";
import type { ClientStatus } from "./client.entity.js";
import { ClientStatusEnum } from "./client.payloads.js";
import type { ClientFilter, MetadataFilter, SecretStatusFilter } from "./client-filter.js";
import { ClientOwnerInput } from "./client-owner.inputs.js";

const SecretStatusFilterEnum = graphqlEnum<SecretStatusFilter>(
  "SecretStatusFilter",
  "The valid secrets that a client must have.",
  {
    CURRENT: "It has a current secret.",
    NEXT: "It has a next secret: a staged rotation is under way.",
    PREVIOUS: "It has a previous secret: the overlap of a rotation has not ended.",
    NONE: "It has no valid secret.",
  },
);

@InputType("MetadataFilter", {
  description: "A condition on one top-level key of the trusted metadata.",
})
export class MetadataFilterInput implements MetadataFilter {
  @Field(() => String, { description: "The key." })
  key!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The key's value: a string, or the JSON text of a number or boolean, such as `42` or `true`; objects and lists never match. If absent, the key may have any value.",
  })
  value?: string | null;
}

@InputType("ClientFilter", {
  description: "Filter for a list of clients; all given conditions must hold.",
})
export class ClientFilterInput implements ClientFilter {
  @Field(() => [ID], { nullable: true, description: "Clients with one of these ids." })
  clientIds?: string[] | null;

  @Field(() => String, { nullable: true, description: "Part of the name, case-insensitive." })
  nameContains?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Clients with all of these scopes, up to 10.",
  })
  scopes?: string[] | null;

  @Field(() => ClientStatusEnum, { nullable: true, description: "Clients with this status." })
  status?: ClientStatus | null;

  @Field(() => [MetadataFilterInput], {
    nullable: true,
    description: "Clients whose trusted metadata meets all of these conditions, up to 10.",
  })
  metadata?: MetadataFilterInput[] | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Clients that were last used before this time. It excludes clients that were never used: `neverUsed` finds those.",
  })
  lastUsedBefore?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "true: clients that were never used; false: clients that were used. The time of use is written some seconds later.",
  })
  neverUsed?: boolean | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Clients that expire before this time, or have expired.",
  })
  expiresBefore?: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Clients with a valid secret, current or previous, that was made or imported before this time.",
  })
  secretCreatedBefore?: Date | null;

  @Field(() => SecretStatusFilterEnum, {
    nullable: true,
    description: "Clients with a valid secret of this status, or with none.",
  })
  secretStatus?: SecretStatusFilter | null;

  @Field(() => ID, { nullable: true, description: "Clients with a grant on this API." })
  apiId?: string | null;

  @Field(() => ClientOwnerInput, { nullable: true, description: "Clients of this owner." })
  owner?: ClientOwnerInput | null;
}

export const ClientOrderInput = orderInput("Client", {
  CREATED_AT: "Time of creation.",
  UPDATED_AT: "Time of the last change.",
  NAME: "Name, case-insensitive; clients without a name come first in ascending order.",
});
