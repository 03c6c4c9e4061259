import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isUnrepresentableText, toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";
import { refusalOfScalar } from "./scalar-refusal.js";

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
    const isAboutValue = ARGUMENT_ERROR.test(original.message) || refusalOfScalar(original);
    const code = isAboutValue ? "BAD_USER_INPUT" : String(formatted.extensions?.["code"]);
    if (REQUEST_CODES.has(code)) {
      const message = withoutLongNames(withoutValues(original, formatted.message, code));
      const argumentPath = formatted.extensions?.["path"];
      const extensions = { code, ...(argumentPath !== undefined && { path: argumentPath }) };
      return { message, ...position, extensions };
    }
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

function invalidVariable(message: string): string | undefined {
  return /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
}

/** Beginnings of reasons that graphql-js ends with the value. */
const VALUE_REASON =
  /; ((?:String|Int|Float|Boolean|ID|Enum "\w+") cannot represent|Expected value of type "[\w![\]]+"|Expected non-nullable type "[\w![\]]+")/;

/** Reasons for rejecting a variable that contain no value. */
const FIELD_REASON =
  /; (Field "\w+" (?:of required type "[\w![\]]+" was not provided\.|is not defined by type "\w+"\.(?: Did you mean [^.]*\?)?)|Expected type "\w+" to be an object\.)$/;

/** Errors of syntax inside an object, most of which were copied from JSON. */
const ODD_KEY = /^Syntax Error: (?:Invalid number|Expected Name, found (?:Int|Float|String)\b)/;
const KEYS_ARE_NAMES =
  "The keys of an object are names without quotes here, and numbers are no names: pass an object with other keys as a variable, where keys have quotes";

/** What graphql-js says of a document apart from its names and values: punctuation, kinds of tokens, keywords. */
const PUNCTUATOR = String.raw`"(?:[!$&():=@[\]{|}]|\.\.\.)"`;
const FOUND = `(?:${PUNCTUATOR}|<EOF>|[A-Z]\\w+)`;
const PARSE_REASON = new RegExp(
  `^Syntax Error: (?:Expected (?:${FOUND}|"[a-z]+"), found ${FOUND}|Unexpected ${FOUND})(?=[. ])`,
);
const SINGLE_QUOTE =
  "Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?";

/** graphql-js suggests values of the enum. */
const ENUM_REASON =
  / does not exist in ("\w+" enum\.(?: Did you mean the enum value "\w+"(?:,? (?:or )?"\w+")*\?)?)$/;

/** Removes the values that graphql-js quotes in its messages. */
function withoutValues(error: GraphQLError, message: string, code: string): string {
  if (code === "GRAPHQL_PARSE_FAILED") {
    if (message === SINGLE_QUOTE) return message;
    const sentence =
      PARSE_REASON.exec(message)?.[0] ??
      message.replace(/,? ?(?:expected digit but got)?:? ?"[\s\S]*$/, "").replace(/\.$/, "");
    return ODD_KEY.test(sentence) ? `${sentence}. ${KEYS_ARE_NAMES}` : `${sentence}.`;
  }
  const unknownEnumValue = ENUM_REASON.exec(message)?.[1];
  const refusal =
    refusalOfScalar(error)?.message ??
    (unknownEnumValue && `Value does not exist in ${unknownEnumValue}`);
  const variable = invalidVariable(message);
  if (variable === undefined && refusal) return refusal;
  if (variable !== undefined) {
    const reason = refusal ?? FIELD_REASON.exec(message)?.[1] ?? VALUE_REASON.exec(message)?.[1];
    const sentence = reason?.replace(/cannot represent$/, "cannot represent this value");
    return `Variable "$${variable}" has an invalid value${sentence ? `: ${sentence}` : ""}`;
  }
  return message
    .replace(/^(Expected value of type "[^"]+"), found [\s\S]*$/, "$1")
    .replace(/^((?:Enum "\w+"|\w+) cannot represent) [\s\S]*$/, "$1 this value")
    .replace(/^(Argument "\w+" has) invalid value [\s\S]*$/, "$1 an invalid value")
    .replace(/^(Unknown operation) named [\s\S]*$/, "$1 name")
    .replace(/^Value "[\s\S]*" does not exist in [\s\S]*$/, "Value does not exist in the enum");
}

/** Longer than any name in the schema. It may be a secret that a caller has written without quotes. */
const LONG_NAME = /"([$@]?)\w{40,}"/g;

function withoutLongNames(message: string): string {
  return message.replace(LONG_NAME, '"$1…"');
}
