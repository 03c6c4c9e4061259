import { GraphQLDateTime } from "graphql-scalars";
import { Field, Int, ObjectType } from "type-graphql";

/** The timestamps and version of a resource that is changed with `expectedVersion`. */
@ObjectType()
export abstract class VersionedType {
  @Field(() => GraphQLDateTime, { description: "Time of creation." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Time of the last change." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Increases with each change; see `expectedVersion`." })
  version!: number;
}
