import { registerEnumType } from "type-graphql";

/**
 * Declares a GraphQL enum in which each value equals its name.
 * @param values descriptions by value
 */
export function graphqlEnum<Name extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Name>> {
  const names = Object.keys(values) as Name[];
  const enumObject = Object.fromEntries(names.map((value) => [value, value]));
  registerEnumType(enumObject, {
    name,
    description,
    valuesConfig: Object.fromEntries(names.map((value) => [value, { description: values[value] }])),
  });
  return enumObject as Record<Name, Name>;
}
