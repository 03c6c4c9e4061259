import { GraphQLError } from "graphql";
import type { RefusalAnswer } from "../http/authorize.js";

const CODES: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  503: "SERVICE_UNAVAILABLE",
};

/** The error of a whole request, with what its answer over HTTP says. */
export function requestError({ status, headers, body }: RefusalAnswer): GraphQLError {
  // Apollo Server reads the entries of a Map, and GraphQL Yoga the properties of an object.
  const map = Object.assign(new Map(Object.entries(headers)), headers);
  return new GraphQLError(body.error_description, {
    extensions: { code: CODES[status], http: { status, headers: map } },
  });
}

/** The error of one field. It leaves the answer's status alone, which belongs to all fields. */
export function fieldError(code: "UNAUTHENTICATED" | "FORBIDDEN", message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
