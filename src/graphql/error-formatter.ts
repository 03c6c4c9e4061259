import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isUnrepresentableText, toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";

/** Code of what was not thrown on purpose. */
export const UNEXPECTED_ERROR_CODE = "INTERNAL_SERVER_ERROR";

/**
 * The one translator from failures to GraphQL errors. What we throw on purpose passes with its code
 * and details, what graphql-js says about a request passes without the values in it, and all else
 * becomes INTERNAL_SERVER_ERROR.
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

function publicDetails({ path, reason, retryAfterSeconds }: ErrorDetails) {
  return {
    ...(path && { path }),
    ...(reason && { reason }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Codes of Apollo Server and of our own rules for requests that are refused before execution. */
const REQUEST_CODES = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "OPERATION_TOO_COMPLEX",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** What graphql-js finds wrong with arguments only when it runs, and gives no code of its own. */
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
 * graphql-js: `Variable "$input" got invalid value … at "input.scopes[0]"; …`. Quotes within the
 * printed value are escaped, so the first place that is written like this is the real one.
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

/** graphql-js ends such a message with the value: these beginnings of a reason name none. */
const VALUE_REASON =
  /; ((?:String|Int|Float|Boolean|ID|DateTime|JSONObject|Enum "\w+") cannot represent|Expected value of type "[\w![\]]+"|Expected non-nullable type "[\w![\]]+")/;

/** The only reasons for refusing a variable that name no value. */
const FIELD_REASON =
  /; (Field "\w+" (?:of required type "[\w![\]]+" was not provided\.|is not defined by type "\w+"\.(?: Did you mean [^.]*\?)?))$/;

/** graphql-js quotes the offending value in its messages; these forms of them do not. */
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

/** Longer than any name of the schema: no typo, but a secret that has lost its quotes. */
const LONG_NAME = /"([$@]?)\w{40,}"/g;

function withoutLongNames(message: string): string {
  return message.replace(LONG_NAME, '"$1…"');
}
