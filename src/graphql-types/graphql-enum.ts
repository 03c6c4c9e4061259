import { registerEnumType } from "type-graphql";

/**
 * Declares a GraphQL enum.
 * @param values descriptions by value, as services and databases have it
 * @param nameOf the name of a value in GraphQL; the value itself if absent
 */
export function graphqlEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
  nameOf: (value: Value) => string = (value) => value,
): Readonly<Record<string, Value>> {
  const entries = Object.entries<string>(values) as [Value, string][];
  const enumObject = Object.fromEntries(entries.map(([value]) => [nameOf(value), value]));
  registerEnumType(enumObject, {
    name,
    description,
    valuesConfig: Object.fromEntries(
      entries.map(([value, text]) => [nameOf(value), { description: text }]),
    ),
  });
  return enumObject;
}

/** The GraphQL name of a permission or an audit action: `clients:write` is `CLIENTS_WRITE`. */
export function constantCase(text: string): string {
  return text
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[.:]/g, "_")
    .toUpperCase();
}
