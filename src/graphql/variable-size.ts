import {
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  type TypeNode,
  typeFromAST,
} from "graphql";
import { MAX_SIBLINGS } from "./unvalidated-document.js";

/**
 * Refuses objects in variables that have more members than one in a document may have. No input object of the schema
 * has as many fields, and graphql-js prints the whole object once for each member that is wrong.
 * @throws BAD_USER_INPUT
 */
export function assertVariableSize(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  for (const definition of variableDefinitions) {
    const type = inputType(schema, definition.type);
    if (!hasTooManyMembers(variables[definition.variable.name.value], type)) continue;
    throw new GraphQLError(`An object must not have more than ${MAX_SIBLINGS} members`, {
      nodes: definition,
      extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
    });
  }
}

/** Validation has found that the types of variables are input types. */
function inputType(schema: GraphQLSchema, node: TypeNode): GraphQLInputType | undefined {
  return typeFromAST(schema, node) as GraphQLInputType | undefined;
}

/** @param type undefined for what the schema does not know */
function hasTooManyMembers(value: unknown, type: GraphQLInputType | undefined): boolean {
  if (value === null || typeof value !== "object") return false;
  const known = type && getNullableType(type);
  if (Array.isArray(value)) {
    const item = isListType(known) ? known.ofType : known;
    return value.some((each) => hasTooManyMembers(each, item));
  }
  // It is any object, and its service limits how long it is.
  if (known?.toString() === "JSONObject") return false;
  const fields = isInputObjectType(known) ? known.getFields() : {};
  return (
    Object.keys(value).length > MAX_SIBLINGS ||
    Object.entries(value).some(([name, member]) => hasTooManyMembers(member, fields[name]?.type))
  );
}
