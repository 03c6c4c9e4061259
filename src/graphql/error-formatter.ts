import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isUnrepresentableText } from "../shared/database-errors.js";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";

/**
 * The one translator from failures to GraphQL errors. What we throw on purpose passes with its code
 * and details, what graphql-js says about a request passes without the values in it, and all else
 * becomes INTERNAL_SERVER_ERROR.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  const { path, locations } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (original instanceof CountersignError) {
    const { code, message, details } = original;
    return { message, ...place, extensions: { ...publicDetails(details), code } };
  }
  if (isUnrepresentableText(original)) {
    const message = "Text must not contain the NUL character";
    return { message, ...place, extensions: { code: "BAD_USER_INPUT" } };
  }
  if (original instanceof GraphQLError && isAboutRequest(formatted)) {
    return aboutRequest(formatted, place);
  }
  return {
    message: "Internal server error",
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR" },
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

function isAboutRequest({ extensions }: GraphQLFormattedError): boolean {
  return REQUEST_CODES.has(String(extensions?.["code"]));
}

function aboutRequest(formatted: GraphQLFormattedError, place: object): GraphQLFormattedError {
  const code = String(formatted.extensions?.["code"]);
  const path = variablePath(formatted.message);
  return {
    message: withoutValues(formatted.message, code),
    ...place,
    extensions: { code, ...(path && { path }) },
  };
}

/** graphql-js: `Variable "$input" got invalid value … at "input.scopes[0]"; …` */
const VARIABLE =
  /^Variable "\$(\w+)" got invalid value [\s\S]*?(?: at "\1((?:\.\w+|\[\d+\])+)")?; [\s\S]*$/;

function variablePath(message: string): (string | number)[] | undefined {
  const [, variable, steps = ""] = VARIABLE.exec(message) ?? [];
  if (variable === undefined) return undefined;
  const parts = [...steps.matchAll(/\.(\w+)|\[(\d+)\]/g)];
  return [variable, ...parts.map(([, name, index]) => name ?? Number(index))];
}

/** graphql-js quotes the offending value in its messages; these forms of them do not. */
function withoutValues(message: string, code: string): string {
  if (code === "GRAPHQL_PARSE_FAILED")
    return message.replace(/ ?"[\s\S]*$/, "").replace(/, found$/, "");
  const [, variable] = /^Variable "\$(\w+)" got invalid value/.exec(message) ?? [];
  if (variable !== undefined) {
    const reason = /; (Field "\w+"[^"]*(?:"[\w![\]]+"[^"]*)*)$/.exec(message)?.[1];
    return `Variable "$${variable}" has an invalid value${reason ? `: ${reason}` : ""}`;
  }
  return message
    .replace(/(Expected value of type "[^"]+"), found [\s\S]*$/, "$1")
    .replace(/^(\w+ cannot represent [^:]*):? [\s\S]*$/, "$1")
    .replace(/^(Enum "\w+" cannot represent [^:]*):? [\s\S]*$/, "$1")
    .replace(/^Value "[^"]*" does not exist in ("\w+" enum)[\s\S]*$/, "Value does not exist in $1");
}
