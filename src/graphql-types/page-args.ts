import { ArgsType, Field, Int } from "type-graphql";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type PageRequest } from "../persistence/page.js";

/** The arguments of a paginated list: at most one of `first` and `last`. */
@ArgsType()
export class PageArgs implements PageRequest {
  @Field(() => Int, {
    nullable: true,
    description: `How many nodes from the start, or after \`after\`: 1 to ${MAX_PAGE_SIZE}, ${DEFAULT_PAGE_SIZE} if absent.`,
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "A cursor of the same list in the same order: the nodes that follow it.",
  })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many nodes from the end, or before \`before\`, instead of \`first\`: 1 to ${MAX_PAGE_SIZE}.`,
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: `A cursor of the same list in the same order: the nodes that precede it, the nearest ${DEFAULT_PAGE_SIZE} if nothing else is given.`,
  })
  before?: string | null;
}
