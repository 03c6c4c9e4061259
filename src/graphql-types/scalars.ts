import { GraphQLScalarType } from "graphql";
import { GraphQLDateTime as DateTime, GraphQLJSONObject as JsonObject } from "graphql-scalars";
import { badUserInput } from "../shared/errors.js";

interface Restatement {
  description: string;
  specifiedByURL: string;
  /** Says what a refused value lacks. The messages of graphql-scalars quote the value instead. */
  remedy: (value: unknown) => string;
}

function restate<Internal, External>(
  scalar: GraphQLScalarType<Internal, External>,
  { remedy, ...restated }: Restatement,
): GraphQLScalarType<Internal, External> {
  return new GraphQLScalarType({
    ...scalar.toConfig(),
    ...restated,
    parseValue: (value) => {
      try {
        return scalar.parseValue(value);
      } catch {
        throw badUserInput([], remedy(value));
      }
    },
    parseLiteral: (node, variables) => {
      try {
        return scalar.parseLiteral(node, variables);
      } catch {
        throw badUserInput([], remedy("value" in node ? node.value : undefined));
      }
    },
  });
}

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

export const GraphQLDateTime = restate(DateTime, {
  description:
    "A date and time: a string as RFC 3339 writes it, with an offset, such as `2026-01-31T12:00:00+02:00`. Answers are in UTC with milliseconds: `2026-01-31T10:00:00.000Z`.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  remedy: dateTimeRemedy,
});

export const GraphQLJSONObject = restate(JsonObject, {
  description:
    'A JSON object, not a string that contains one: `{"plan": "pro", "seats": 5}`. Pass it as a variable: in the text of an operation keys have no quotes, so only names can be keys.',
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
  remedy: () => 'Must be a JSON object, such as {"plan": "pro"}, not a string that contains one',
});
