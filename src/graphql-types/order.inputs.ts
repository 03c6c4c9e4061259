import { Field, InputType } from "type-graphql";
import { graphqlEnum } from "./graphql-enum.js";

const OrderDirectionEnum = graphqlEnum<"ASC" | "DESC">(
  "OrderDirection",
  "Direction in which a list is sorted.",
  {
    ASC: "Ascending: smallest or oldest first.",
    DESC: "Descending: largest or newest first.",
  },
);

/**
 * Declares `<Name>Order` and `<Name>OrderField`, the sort order of a list.
 * @param fields descriptions by field
 */
export function orderInput<FieldName extends string>(
  name: string,
  fields: Readonly<Record<FieldName, string>>,
) {
  const fieldEnum = graphqlEnum(
    `${name}OrderField`,
    `What a list of ${name} is sorted by.`,
    fields,
  );

  @InputType(`${name}Order`, { description: `Sort order of a list of ${name}.` })
  class OrderInput {
    @Field(() => fieldEnum, { description: "What to sort by." })
    field!: FieldName;

    @Field(() => OrderDirectionEnum, { description: "Ascending or descending." })
    direction!: "ASC" | "DESC";
  }
  return OrderInput;
}
