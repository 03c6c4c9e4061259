import { describe, expect, test } from "@jest/globals";
import { GraphQLError } from "graphql";
import { QueryFailedError } from "typeorm";
import { formatError } from "../../../src/graphql/error-formatter.js";
import { CountersignError } from "../../../src/shared/errors.js";

const KEYS =
  "The keys of an object are names without quotes here, and numbers are no names: pass an object with other keys as a variable, where keys have quotes";

/** Formats an error as Apollo Server does: with the error and the response that it would send. */
const format = (message: string, code: string) => {
  const error = new GraphQLError(message, { extensions: { code } });
  return formatError(error.toJSON(), error);
};
const thrown = (originalError: Error) => {
  const error = new GraphQLError(originalError.message, { path: ["client"], originalError });
  const formatted = { ...error.toJSON(), extensions: { code: "INTERNAL_SERVER_ERROR" } };
  return formatError(formatted, error);
};

describe("a formatted error", () => {
  test("keeps code and details of a CountersignError", () => {
    const error = new CountersignError(
      "RATE_LIMITED",
      "Too many",
      { retryAfterSeconds: 5 },
      { cause: new Error("marker") },
    );
    expect(thrown(error)).toEqual({
      message: "Too many",
      path: ["client"],
      extensions: { code: "RATE_LIMITED", retryAfterSeconds: 5 },
    });
  });

  test.each([
    new Error("marker"),
    new TypeError("marker"),
    new QueryFailedError("SELECT marker", ["marker"], new Error("marker")),
  ])("hides the details of an unexpected error: %#", (error) => {
    expect(thrown(error)).toEqual({
      message: "Internal server error",
      path: ["client"],
      extensions: { code: "INTERNAL_SERVER_ERROR" },
    });
  });

  test.each([
    [
      'Syntax Error: Expected Name, found String "marker".',
      `Syntax Error: Expected Name, found String. ${KEYS}`,
    ],
    [
      'Syntax Error: Invalid number, expected digit but got: "marker".',
      `Syntax Error: Invalid number. ${KEYS}`,
    ],
    ['Syntax Error: Unexpected Name "marker".', "Syntax Error: Unexpected Name."],
    ['Syntax Error: Expected "{", found "$".', 'Syntax Error: Expected "{", found "$".'],
    ['Syntax Error: Expected ":", found Int "77".', 'Syntax Error: Expected ":", found Int.'],
    ['Syntax Error: Expected "on", found "{".', 'Syntax Error: Expected "on", found "{".'],
    ['Syntax Error: Unexpected "}".', 'Syntax Error: Unexpected "}".'],
    ['Syntax Error: Unexpected character: "m".', "Syntax Error: Unexpected character."],
    [
      'Syntax Error: Invalid character escape sequence: "\\m".',
      "Syntax Error: Invalid character escape sequence.",
    ],
    [
      "Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?",
      "Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?",
    ],
    ["Syntax Error: Expected Name, found <EOF>.", "Syntax Error: Expected Name, found <EOF>."],
    ["Syntax Error: Unterminated string.", "Syntax Error: Unterminated string."],
  ])("for syntax: %s", (message, expected) => {
    expect(format(message, "GRAPHQL_PARSE_FAILED").message).toBe(expected);
  });

  test.each([
    ['String cannot represent a non string value: "marker"', "String cannot represent this value"],
    [
      "Float cannot represent non numeric value: a marker: of time.",
      "Float cannot represent this value",
    ],
    [
      'Enum "ClientStatus" cannot represent non-enum value: marker. Did you mean "ACTIVE"?',
      'Enum "ClientStatus" cannot represent this value',
    ],
    [
      'Value "marker" does not exist in "ClientStatus" enum.',
      'Value does not exist in "ClientStatus" enum.',
    ],
    [
      'Value "mark"er" does not exist in "Algorithm" enum. Did you mean the enum value "EDDSA", "ES256", or "RS256"?',
      'Value does not exist in "Algorithm" enum. Did you mean the enum value "EDDSA", "ES256", or "RS256"?',
    ],
    ['Expected value of type "A!", found "marker", found x.', 'Expected value of type "A!"'],
    ['Unknown operation named "marker".', "Unknown operation name"],
    [
      'Cannot query field "nme" on type "A". Did you mean "name"?',
      'Cannot query field "nme" on type "A". Did you mean "name"?',
    ],
    [`Cannot query field "${"m".repeat(40)}" on type "A".`, 'Cannot query field "…" on type "A".'],
    [`Unknown directive "@${"m".repeat(50)}".`, 'Unknown directive "@…".'],
  ])("for validation: %s", (message, expected) => {
    expect(format(message, "GRAPHQL_VALIDATION_FAILED").message).toBe(expected);
  });

  test.each([
    [
      '"marker" at "input.scopes[0]"; String cannot represent a non string value: 5',
      ": String cannot represent this value",
    ],
    [
      '{ a: "marker; x" }; Field "b" of required type "[ID!]!" was not provided.',
      ': Field "b" of required type "[ID!]!" was not provided.',
    ],
    [
      '{ c: "marker" }; Field "c" is not defined by type "In". Did you mean "a" or "b"?',
      ': Field "c" is not defined by type "In". Did you mean "a" or "b"?',
    ],
    [
      '"marker \\" at \\"input.x\\"; " at "input.a.b[12].c"; Int cannot represent marker',
      ": Int cannot represent this value",
    ],
    ['"marker"; Expected type "In" to be an object.', ': Expected type "In" to be an object.'],
  ])("for a variable does not repeat the value: %s", (rest, reason) => {
    const { message, extensions } = format(
      `Variable "$input" got invalid value ${rest}`,
      "BAD_USER_INPUT",
    );
    expect(message).toBe(`Variable "$input" has an invalid value${reason}`);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT" });
  });

  test.each([
    'Argument "input" has invalid value { name: "marker" }.',
    'Argument "first" of non-null type "Int!" must not be null.',
    "Too many errors processing variables, error limit reached. Execution aborted.",
  ])(
    "is a client error for invalid values that graphql-js finds during execution: %s",
    (message) => {
      const formatted = format(message, "INTERNAL_SERVER_ERROR");
      expect(formatted.extensions).toEqual({ code: "BAD_USER_INPUT" });
      expect(formatted.message).not.toContain("marker");
    },
  );
});
