import { Field, ObjectType } from "type-graphql";

@ObjectType("Server", { description: "The server that answers." })
export class ServerType {
  @Field(() => String, { description: "Version of Countersign, such as `1.2.3`." })
  version!: string;
}
