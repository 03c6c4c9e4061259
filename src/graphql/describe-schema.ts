import type {
  GraphQLScalarLiteralParser,
  GraphQLScalarType,
  GraphQLSchema,
  ValueNode,
} from "graphql";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { badUserInput } from "../shared/errors.js";
import { jsonValueProblem } from "../shared/json-limits.js";
import { parseDateTime } from "./date-time.js";
import { parseJsonLiteral } from "./json-literal.js";

/** Describes the types that no feature declares: the root types, and the scalars of graphql-scalars. */
export function describeSchema(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, description] of Object.entries(ROOT_DESCRIPTIONS)) {
    Object.assign(schema.getType(name) ?? {}, { description });
  }
  for (const restatement of SCALARS) {
    Object.assign(schema.getType(restatement.name) ?? {}, restatement);
  }
  return schema;
}

const ROOT_DESCRIPTIONS = {
  Query: "What can be read. Queries are cached and logged by clients, so none takes a credential.",
  Mutation: "What can be done. Each field is a transaction of its own, one after the other.",
};

const SCALARS = [
  {
    ...dateTimeScalar(GraphQLDateTime),
    description:
      "A date and time: a string as RFC 3339 writes it, with an offset, such as `2026-01-31T12:00:00+02:00`. Answers are in UTC with milliseconds: `2026-01-31T10:00:00.000Z`.",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  },
  {
    ...jsonObjectScalar(GraphQLJSONObject),
    description:
      'A JSON object, not a string that contains one: `{"plan": "pro", "seats": 5}`. Integers are at most 2^53: send greater ones as strings. Pass it as a variable: in the text of an operation keys have no quotes, so only names can be keys.',
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
  },
];

/** The messages of graphql-scalars quote the value. */
function dateTimeScalar({ name }: GraphQLScalarType) {
  return {
    name,
    parseValue: parseDateTime,
    parseLiteral: (node: ValueNode) => parseDateTime("value" in node ? node.value : undefined),
  };
}

function jsonObjectScalar({ name }: GraphQLScalarType) {
  return {
    name,
    parseValue: assertJsonObject,
    parseLiteral: (...[node, variables]: Parameters<GraphQLScalarLiteralParser<unknown>>) =>
      assertJsonObject(parseJsonLiteral(node, variables)),
  };
}

/** @throws BAD_USER_INPUT with the path in the value */
function assertJsonObject(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw badUserInput(
      [],
      'Must be a JSON object, such as {"plan": "pro"}, not a string that contains one',
    );
  }
  const problem = jsonValueProblem(value);
  if (problem) throw badUserInput(problem.path, problem.message);
  return value;
}
