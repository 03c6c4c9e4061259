import type { GraphQLScalarType, GraphQLSchema } from "graphql";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { badUserInput } from "../shared/errors.js";
import { jsonValueProblem } from "../shared/json-limits.js";

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

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_AND_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;

function dateTimeRemedy(value: unknown): string {
  if (typeof value === "string" && DATE.test(value)) {
    return "A date needs a time and an offset as well, such as 2026-01-31T00:00:00Z";
  }
  if (typeof value === "string" && DATE_AND_TIME.test(value)) {
    return "The offset is missing: 2026-01-31T12:00:00Z, or 2026-01-31T12:00:00+02:00";
  }
  return "A date and time is a string such as 2026-01-31T12:00:00Z (RFC 3339)";
}

const SCALARS = [
  {
    ...withRemedy(GraphQLDateTime, dateTimeRemedy),
    description:
      "A date and time: a string as RFC 3339 writes it, with an offset, such as `2026-01-31T12:00:00+02:00`. Answers are in UTC with milliseconds: `2026-01-31T10:00:00.000Z`.",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  },
  {
    ...withRemedy(
      GraphQLJSONObject,
      () => 'Must be a JSON object, such as {"plan": "pro"}, not a string that contains one',
      jsonValueProblem,
    ),
    description:
      'A JSON object, not a string that contains one: `{"plan": "pro", "seats": 5}`. Pass it as a variable: in the text of an operation keys have no quotes, so only names can be keys.',
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
  },
];

/**
 * Refuses values with a message that says what they lack. The messages of graphql-scalars quote the value.
 * @param problemOf says what is wrong with a value that graphql-scalars accepts
 */
function withRemedy(
  scalar: GraphQLScalarType,
  remedy: (value: unknown) => string,
  problemOf: (parsed: unknown) => string | null = () => null,
) {
  const { name, parseValue, parseLiteral } = scalar.toConfig();
  const check = (parse: () => unknown, value: unknown): unknown => {
    let parsed: unknown;
    try {
      parsed = parse();
    } catch {
      throw badUserInput([], remedy(value));
    }
    const problem = problemOf(parsed);
    if (problem !== null) throw badUserInput([], problem);
    return parsed;
  };
  return {
    name,
    parseValue: (value: unknown) => check(() => parseValue(value), value),
    parseLiteral: (...[node, variables]: Parameters<typeof parseLiteral>) =>
      check(() => parseLiteral(node, variables), "value" in node ? node.value : undefined),
  };
}
