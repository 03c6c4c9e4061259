import { ArgsType, Field, Int } from "type-graphql";
import type { PageRequest } from "./page.js";

@ArgsType()
export class PageArgs implements PageRequest {
  @Field(() => Int, { defaultValue: 50, description: "How many nodes, 1 to 1000." })
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: "The `endCursor` or a `cursor` of an earlier page of the same list.",
  })
  after?: string | null;
}
