import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from "graphql";
import { readDocuments } from "../../../sdk/scripts/schema/documents.mjs";
import { rootFields } from "../../support/any-operation.js";

const schema = buildSchema(readFileSync("sdk/schema/schema.graphql", "utf8"));
const strictSchema = buildSchema(readFileSync("sdk/schema/schema.strict.graphql", "utf8"));
const documents = readDocuments();

const operations = documents.flatMap(({ file, definition }) =>
  definition.kind === Kind.OPERATION_DEFINITION ? [{ file, definition }] : [],
);
const fragments = documents.flatMap(({ file, definition }) =>
  definition.kind === Kind.FRAGMENT_DEFINITION ? [{ file, definition }] : [],
);

type Field = GraphQLField<unknown, unknown>;
const fieldsOf = (type: GraphQLObjectType): Field[] =>
  Object.values(type.getFields()).filter(({ deprecationReason }) => !deprecationReason);
const hasOwnPermission = ({ description }: Field) => /\bPermission: /.test(description ?? "");
const pascalCase = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** Another object, which has an operation of its own, or a list of them. */
function leadsToNode({ type }: Field): boolean {
  const named = getNamedType(type);
  if (isInterfaceType(named)) return true;
  return (
    isObjectType(named) && (named.getInterfaces().length > 0 || named.name.endsWith("Connection"))
  );
}

/** A field as a document selects it: objects by the fragment on their type. */
function selection({ name, type }: Field): string {
  const named = getNamedType(type);
  return isLeafType(named) ? name : `${name} { ...${named.name}Fields }`;
}

const printed = ({ selections }: SelectionSetNode): string[] =>
  selections.map((node) => print(node).replaceAll(/\s+/g, " "));

/** The names that generators of other languages make functions, modules and classes of (docs/typed-clients.md). */
function operationName(kind: "query" | "mutation", { name, args }: Field): string {
  const isVerb = kind === "mutation" || name.startsWith("preview");
  const isList = args.some((arg) => arg.name === "first");
  return `${isVerb ? "" : isList ? "List" : "Get"}${pascalCase(name)}`;
}

describe("the documents of the SDK", () => {
  test("are one for each operation of the server, in a file of its name", () => {
    expect(operations.map(({ file }) => file).sort()).toEqual(
      rootFields.map(({ field }) => `${field.name}.graphql`).sort(),
    );
  });

  test("are valid in both schemas, use every fragment, and nothing that is deprecated", () => {
    const text = readFileSync("sdk/schema/documents.graphql", "utf8");
    for (const each of [schema, strictSchema]) {
      expect(
        validate(each, parse(text), [...specifiedRules, NoDeprecatedCustomRule]).map(
          ({ message }) => message,
        ),
      ).toEqual([]);
    }
  });

  test.each(rootFields.map(({ kind, field }) => [field.name, kind, field] as const))(
    "are named and take all arguments: %s",
    (name, kind, field) => {
      const definition = operationOf(name);
      expect(definition.operation).toBe(kind);
      expect(definition.name?.value).toBe(operationName(kind, field));
      const [selected] = definition.selectionSet.selections as [FieldNode];
      expect(definition.selectionSet.selections).toHaveLength(1);
      expect(selected.name.value).toBe(name);
      const variables = (definition.variableDefinitions ?? []).map((node) => print(node));
      expect(variables.sort()).toEqual(field.args.map((arg) => `$${arg.name}: ${arg.type}`).sort());
      const passed = (selected.arguments ?? []).map((node) => print(node));
      expect(passed.sort()).toEqual(field.args.map((arg) => `${arg.name}: $${arg.name}`).sort());
    },
  );

  const withAnswer = rootFields.filter(({ field }) => field.name !== "node");
  test.each(withAnswer.map(({ field }) => [field.name, field] as const))(
    "select the whole answer but what has a permission of its own: %s",
    (_name, field) => {
      const type = getNamedType(field.type);
      const [{ selectionSet }] = operationOf(field.name).selectionSet.selections as [FieldNode];
      if (!isObjectType(type)) {
        expect(selectionSet).toBeUndefined();
        return;
      }
      expect(printed(selectionSet as SelectionSetNode)).toEqual(answerOf(type));
    },
  );

  test("find any node by its type and natural key, since types of the same field differ", () => {
    const nodes = schema.getPossibleTypes(schema.getType("Node") as never).map(({ name }) => name);
    const [{ selectionSet }] = operationOf("node").selectionSet.selections as [FieldNode];
    expect(printed(selectionSet as SelectionSetNode)).toEqual([
      "__typename",
      "id",
      ...nodes.sort().map((type) => {
        const key = type.endsWith("Key") && type !== "ManagementKey" ? "kid" : keyOf(type);
        return `... on ${type} { ${key} }`;
      }),
    ]);
  });

  test.each(fragments.map(({ file, definition }) => [file, definition] as const))(
    "select all of an object but other objects: %s",
    (file, { name, typeCondition, selectionSet }: FragmentDefinitionNode) => {
      const type = schema.getType(typeCondition.name.value) as GraphQLObjectType;
      expect(file).toBe(`fragments/${type.name}Fields.graphql`);
      expect(name.value).toBe(`${type.name}Fields`);
      const fields = fieldsOf(type).filter(
        (field) => !hasOwnPermission(field) && !leadsToNode(field),
      );
      expect(printed(selectionSet)).toEqual(fields.map(selection));
    },
  );
});

function operationOf(name: string): OperationDefinitionNode {
  const found = operations.find(({ file }) => file === `${name}.graphql`);
  if (!found) throw new Error(`sdk/schema/documents has no ${name}.graphql`);
  return found.definition;
}

/** Selections of a payload, of a page, or of what a query finds. */
function answerOf(type: GraphQLObjectType): string[] {
  if (type.name.endsWith("Payload")) {
    return fieldsOf(type)
      .filter((field) => !hasOwnPermission(field))
      .map(selection);
  }
  const { nodes, pageInfo } = type.getFields();
  return nodes && pageInfo ? [selection(nodes), selection(pageInfo)] : [`...${type.name}Fields`];
}

const keyOf = (type: string) => `${type.charAt(0).toLowerCase()}${type.slice(1)}Id`;
