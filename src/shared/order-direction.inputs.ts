import { registerEnumType } from "type-graphql";

export enum OrderDirectionEnum {
  ASC = "ASC",
  DESC = "DESC",
}
registerEnumType(OrderDirectionEnum, {
  name: "OrderDirection",
  description: "Which end of a list comes first.",
  valuesConfig: {
    ASC: { description: "The smallest, or oldest, first." },
    DESC: { description: "The greatest, or newest, first." },
  },
});
