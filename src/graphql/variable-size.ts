import {
  GraphQLError,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isInputObjectType,
  type OperationDefinitionNode,
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
    const value = variables[definition.variable.name.value];
    if (!hasTooManyMembers(value, typeFromAST(schema, definition.type))) continue;
    throw new GraphQLError(`An object must not have more than ${MAX_SIBLINGS} members`, {
      nodes: definition,
      extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
    });
  }
}

/** @param type undefined for what the schema does not know; a list may be written as its only item */
function hasTooManyMembers(value: unknown, type: GraphQLType | undefined): boolean {
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some((item) => hasTooManyMembers(item, type));
  const known = getNamedType(type);
  // It is any object, and its service limits how long it is.
  if (known?.name === "JSONObject") return false;
  const fields = isInputObjectType(known) ? known.getFields() : {};
  return (
    Object.keys(value).length > MAX_SIBLINGS ||
    Object.entries(value).some(([name, member]) => hasTooManyMembers(member, fields[name]?.type))
  );
}
