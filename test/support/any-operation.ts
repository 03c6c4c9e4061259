import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";

/** Builds operations from the schema, so that tests also cover operations that are added later. */

export type RootField = GraphQLField<unknown, unknown>;

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

export const rootFields = (["query", "mutation"] as const).flatMap((kind) => {
  const type = kind === "query" ? schema.getQueryType() : schema.getMutationType();
  return Object.values(type?.getFields() ?? {}).map((field: RootField) => ({ kind, field }));
});

const mutations = new Set(Object.values(schema.getMutationType()?.getFields() ?? {}));

/** Text of the operation, with one variable for each argument. */
export function operationText(field: RootField): string {
  const declared = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
  const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const inBrackets = (list: string) => list && `(${list})`;
  const kind = mutations.has(field) ? "mutation" : "query";
  return `${kind} ${inBrackets(declared)} { ${field.name}${inBrackets(passed)} ${selectionOf(field.type)} }`;
}

/** Sample values for the required arguments. */
export function sampleArguments(field: RootField): Record<string, unknown> {
  return Object.fromEntries(
    field.args
      .filter((arg) => isNonNullType(arg.type))
      .map((arg) => [arg.name, sampleValue(arg.type)]),
  );
}

/** Sample values of a type, one for each place in it that accepts text, with the text in that place. */
export function valuesWith(text: string, type: GraphQLInputType, required = false): unknown[] {
  if (isNonNullType(type)) return valuesWith(text, type.ofType, true);
  if (isListType(type)) {
    const item = getNullableType(type.ofType);
    return isEnumType(item) ? [] : valuesWith(text, item).map((value) => [value]);
  }
  if (isEnumType(type)) return required ? [sampleValue(type)] : [];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const base = Object.fromEntries(
      fields
        .filter((field) => isNonNullType(field.type))
        .map((field) => [field.name, sampleValue(field.type)]),
    );
    return fields
      .filter((field) => !isEnumType(getNamedType(field.type)))
      .flatMap((field) =>
        valuesWith(text, field.type).map((value) => ({ ...base, [field.name]: value })),
      );
  }
  if (type.name === "JSONObject")
    return [{ key: text }, { [text]: "value" }, { a: { [text]: [text] } }];
  return ["String", "ID"].includes(type.name) ? [text] : [];
}

/** The permission that createManagementKey needs, because callers grant only what they have. */
const SAMPLE_ENUM_VALUES = new Map([["Permission", "MANAGEMENT_KEYS_WRITE"]]);

export function sampleValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleValue(type.ofType);
  if (isListType(type)) return [sampleValue(type.ofType)];
  if (isEnumType(type)) return SAMPLE_ENUM_VALUES.get(type.name) ?? type.getValues()[0]?.name;
  if (isInputObjectType(type)) return valuesWith("plain", type)[0] ?? {};
  const values = { JSONObject: {}, Int: 1, Boolean: true, DateTime: "2100-01-01T00:00:00Z" };
  return values[type.name as keyof typeof values] ?? "plain";
}

/** Leaves out relations that need a permission of their own. */
function selectionOf(type: GraphQLOutputType, depth = 3): string {
  const named = getNamedType(type);
  if (isInterfaceType(named)) return "{ __typename }";
  if (!isObjectType(named)) return "";
  const fields = Object.values(named.getFields()).flatMap((field) => {
    if (field.description?.includes("Permission:")) return [];
    if (isInterfaceType(getNamedType(field.type))) return [`${field.name} { __typename }`];
    if (!isObjectType(getNamedType(field.type))) return [field.name];
    return depth > 1 ? [`${field.name} ${selectionOf(field.type, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(" ")} }`;
}
