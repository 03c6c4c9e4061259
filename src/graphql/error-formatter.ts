import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isUnrepresentableText, toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";

/** The code of errors that nothing throws on purpose. */
export const UNEXPECTED_ERROR_CODE = "INTERNAL_SERVER_ERROR";

/**
 * Translates every error to a GraphQL error. A CountersignError keeps its code, message and public details.
 * An error of graphql-js about the request loses the values in its message. Every other error becomes
 * INTERNAL_SERVER_ERROR.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const original = toServiceUnavailable(unwrapResolverError(error));
  const { path, locations } = formatted;
  const position = { ...(locations && { locations }), ...(path && { path }) };
  if (original instanceof CountersignError) {
    const { code, message, details } = original;
    return { message, ...position, extensions: { ...publicDetails(details), code } };
  }
  if (isUnrepresentableText(original)) {
    const message = "Text must not contain the NUL character";
    return { message, ...position, extensions: { code: "BAD_USER_INPUT" } };
  }
  if (original instanceof GraphQLError) {
    const code = ARGUMENT_ERROR.test(original.message)
      ? "BAD_USER_INPUT"
      : String(formatted.extensions?.["code"]);
    if (REQUEST_CODES.has(code)) return toRequestError(formatted.message, code, position);
  }
  return {
    message: "Internal server error",
    ...position,
    extensions: { code: UNEXPECTED_ERROR_CODE },
  };
}

function publicDetails({ path, reason, claim, retryAfterSeconds }: ErrorDetails) {
  return {
    ...(path && { path }),
    ...(reason && { reason }),
    ...(claim && { claim }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Codes of Apollo Server and the validation rules for requests that are rejected before execution. */
const REQUEST_CODES = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "OPERATION_TOO_COMPLEX",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** Messages of graphql-js about arguments that it checks during execution and reports without a code. */
const ARGUMENT_ERROR =
  /^(?:Argument "\w+" (?:has invalid value|of (?:required|non-null) type)|Too many errors processing variables)/;

function toRequestError(message: string, code: string, position: object): GraphQLFormattedError {
  const path = variablePath(message);
  return {
    message: withoutLongNames(withoutValues(message, code)),
    ...position,
    extensions: { code, ...(path && { path }) },
  };
}

/**
 * Reads the path from a message of graphql-js:
 * `Variable "$input" got invalid value … at "input.scopes[0]"; …`.
 * graphql-js escapes quotes in the value, so the first match is the path.
 */
function variablePath(message: string): (string | number)[] | undefined {
  const variable = invalidVariable(message);
  if (variable === undefined) return undefined;
  const steps = new RegExp(` at "${variable}((?:\\.\\w+|\\[\\d+\\])+)"; `).exec(message)?.[1] ?? "";
  const parts = [...steps.matchAll(/\.(\w+)|\[(\d+)\]/g)];
  return [variable, ...parts.map(([, name, index]) => name ?? Number(index))];
}

function invalidVariable(message: string): string | undefined {
  return /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
}

/** Beginnings of reasons that graphql-js ends with the value. */
const VALUE_REASON =
  /; ((?:String|Int|Float|Boolean|ID|DateTime|JSONObject|Enum "\w+") cannot represent|Expected value of type "[\w![\]]+"|Expected non-nullable type "[\w![\]]+")/;

/** Reasons for rejecting a variable that contain no value. */
const FIELD_REASON =
  /; (Field "\w+" (?:of required type "[\w![\]]+" was not provided\.|is not defined by type "\w+"\.(?: Did you mean [^.]*\?)?))$/;

/** Removes the values that graphql-js quotes in its messages. */
function withoutValues(message: string, code: string): string {
  if (code === "GRAPHQL_PARSE_FAILED") {
    return message.replace(/ ?"[\s\S]*$/, "").replace(/, found$/, "");
  }
  const variable = invalidVariable(message);
  if (variable !== undefined) {
    const reason = FIELD_REASON.exec(message)?.[1] ?? VALUE_REASON.exec(message)?.[1];
    const sentence = reason?.replace(/cannot represent$/, "cannot represent this value");
    return `Variable "$${variable}" has an invalid value${sentence ? `: ${sentence}` : ""}`;
  }
  return message
    .replace(/^(Expected value of type "[^"]+"), found [\s\S]*$/, "$1")
    .replace(/^((?:Enum "\w+"|\w+) cannot represent) [\s\S]*$/, "$1 this value")
    .replace(/^(Argument "\w+" has) invalid value [\s\S]*$/, "$1 an invalid value")
    .replace(/^(Unknown operation) named [\s\S]*$/, "$1 name")
    .replace(/^Value "[^"]*" does not exist in ("\w+" enum)[\s\S]*$/, "Value does not exist in $1");
}

/** Longer than any name in the schema. It may be a secret that a caller has written without quotes. */
const LONG_NAME = /"([$@]?)\w{40,}"/g;

function withoutLongNames(message: string): string {
  return message.replace(LONG_NAME, '"$1…"');
}
